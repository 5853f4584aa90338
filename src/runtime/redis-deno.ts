// Redis through the package `ioredis`: Deno has no client of its own.
import { Redis } from "ioredis";
import type { RedisConnection } from "./runtime.ts";

export async function openRedis(url: string, connectMs: number): Promise<RedisConnection> {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: connectMs,
    // A connection that is lost is opened again by whoever uses it.
    retryStrategy: () => null,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
  });
  // Whoever sends a command is told; here it would end the process.
  client.on("error", () => {});
  try {
    await client.connect();
  } catch (cause) {
    client.disconnect();
    throw cause;
  }
  return { send: (command, args) => client.call(command, ...args), close: () => client.disconnect() };
}

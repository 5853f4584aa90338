import { runtime } from "../../src/runtime/current.ts";

const URL_DEFAULT = "redis://127.0.0.1:6379";

/** The Redis that the environment names, or the one that answers on this machine; undefined when none does. */
export async function testRedis(): Promise<URL | undefined> {
  const url = process.env["CADRE_TEST_REDIS"] || URL_DEFAULT;
  try {
    const connection = await runtime.openRedis(url);
    await connection.send("PING", []);
    connection.close();
    return new URL(url);
  } catch {
    return undefined;
  }
}

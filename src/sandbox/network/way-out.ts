import { join } from "node:path";
import type { Level } from "../isolation.ts";
import type { NetworkReach } from "../launcher/launch-policy.ts";
import type { Program } from "../program.ts";

/** How one program reaches the network, or does not. */
export interface WayOut {
  readonly network: NetworkReach;
  readonly proxySocket: string | undefined;
  /** How it is told of it. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const PORT_INSIDE = 3128;

/** Who has a network of its own reaches the proxy through a forwarder inside; all others reach it by its port. */
export async function openWayOut({ network, hosts }: Program, level: Level, folder: string): Promise<WayOut> {
  const none = { proxySocket: undefined, env: {}, close: async () => {} };
  if (!network) return { network: "off", ...none };
  if (!hosts) return { network: "on", ...none };
  const { HostProxy } = await import("./host-proxy.ts");
  const proxySocket = level === "namespace" ? join(folder, "proxy") : undefined;
  const proxy = await HostProxy.open(hosts, proxySocket);
  const port = proxySocket === undefined ? proxy.port : PORT_INSIDE;
  return { network: port, proxySocket, env: proxy.env(port), close: () => proxy.close() };
}

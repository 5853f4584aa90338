import { join } from "node:path";
import type { Level } from "../isolation.ts";
import type { NetworkReach } from "../launcher/launch-policy.ts";
import type { Outcome, Program } from "../program.ts";
import type { HostProxy } from "./host-proxy.ts";

/** How one program reaches the network, or does not. */
export interface WayOut {
  readonly network: NetworkReach;
  readonly proxySocket: string | undefined;
  /** How it is told of it. */
  readonly env: Readonly<Record<string, string>>;
  /** Hosts that it asked for in vain. */
  told(): Pick<Outcome, "refused_hosts" | "unreached_hosts">;
  close(): Promise<void>;
}

const PORT_INSIDE = 3128;

/** Who has a network of its own reaches the proxy through a forwarder inside; all others reach it by its port. */
export async function openWayOut({ network, hosts }: Program, level: Level, folder: string): Promise<WayOut> {
  const none = { proxySocket: undefined, env: {}, told: () => ({}), close: async () => {} };
  if (!network) return { network: "off", ...none };
  if (!hosts) return { network: "on", ...none };
  const { HostProxy } = await import("./host-proxy.ts");
  const proxySocket = level === "namespace" ? join(folder, "proxy") : undefined;
  const proxy = await HostProxy.open(hosts, proxySocket);
  const port = proxySocket === undefined ? proxy.port : PORT_INSIDE;
  return { network: port, proxySocket, env: proxy.env(port), told: () => toldBy(proxy), close: () => proxy.close() };
}

function toldBy({ refused, unreached }: HostProxy): ReturnType<WayOut["told"]> {
  return {
    ...(refused.size > 0 ? { refused_hosts: [...refused] } : {}),
    ...(unreached.size > 0 ? { unreached_hosts: [...unreached] } : {}),
  };
}

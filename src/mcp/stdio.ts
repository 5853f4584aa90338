// MCP over stdin and stdout. Invariants: stdout carries protocol messages and nothing else; what was
// asked before stdin ended is answered before the process leaves; the process never outlives its client.
import type { Server } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { type Clock, every } from "../base/clock.ts";
import { PARENT_LOOK_MS } from "../base/limits.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Caller } from "../tools/caller.ts";
import { type McpParts, mcpServer } from "./server.ts";
import { StdioTransport } from "./stdio-transport.ts";

/** Serves one client until it leaves: end of stdin, a broken pipe, a signal, or the death of its process. */
export async function serveOverStdio(runtime: Runtime, clock: Clock, parts: McpParts, caller: Caller): Promise<void> {
  const transport = new StdioTransport(runtime, clock);
  // Under whatever name: what it holds it holds as long as this process lives.
  const named: Caller = caller.agent ? { ...caller, agent: { ...caller.agent, process: parts.process } } : caller;
  let listening: Server | undefined;
  let stopUpdates: (() => void) | undefined;
  const handle = serveStdio(
    ({ era }) => {
      const server = mcpServer(parts, {
        callerOf: () => named,
        agent: { id: parts.process, label: parts.process, isShared: false, process: parts.process },
        ...(era === "legacy" ? { roots: { clock, cwd: runtime.host.cwd } } : {}),
      });
      if (era === "modern") listening = server;
      return server;
    },
    { transport, onerror: (cause) => parts.log.debug("mcp message refused", { cause }) },
  );
  // Streams of the newer era end with an answer.
  transport.onfinish = () => handle.close();
  // Which addresses a stream of the newer era asked for, the SDK knows: it passes on only those.
  transport.onlisten = () => {
    stopUpdates ??= parts.updates.subscribe((uri) => {
      listening?.sendResourceUpdated({ uri }).catch(() => {}); // A closed connection needs no news.
    });
  };
  const stopWatching = watchParent(runtime, () => transport.close());
  runtime.host.onStop((signal) => {
    parts.log.debug("stopping", { signal });
    void transport.finish();
  });
  await transport.ended;
  stopWatching();
  stopUpdates?.();
  await handle.close();
}

/** A client that was killed may leave its pipes open in another of its children: then the parent tells. */
function watchParent({ host }: Pick<Runtime, "host">, leave: () => Promise<void>): () => void {
  const parent = host.parentPid();
  return every(PARENT_LOOK_MS, () => {
    if (host.parentPid() !== parent) void leave();
  });
}

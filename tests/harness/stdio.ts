import { Cadre } from "../../src/app.ts";
import { systemClock } from "../../src/base/clock.ts";
import { loadConfig } from "../../src/config/load.ts";
import { serveOverStdio } from "../../src/mcp/stdio.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { fakeClock } from "./clock.ts";
import { tempFolder } from "./folder.ts";
import { type Era, LEGACY_VERSION } from "./mcp.ts";
import { memoryIo } from "./memory-io.ts";

interface StdioServerOptions {
  readonly table?: readonly Tool[];
  /** The older one is greeted at once. */
  readonly era?: Era;
  /** Whether the grace at the end passes only when the test says so. */
  readonly isFake?: boolean;
}

/** The MCP face over stdin and stdout, in this process and in the hands of the test. */
export async function openStdio({ table, era, isFake = false }: StdioServerOptions = {}) {
  const folder = tempFolder();
  const io = memoryIo();
  const stops: ((signal: string) => void)[] = [];
  const logged: Record<string, unknown>[] = [];
  const host = {
    ...runtime.host,
    env: {},
    cwd: folder.path,
    onStop: (stop: (signal: string) => void) => {
      stops.push(stop);
    },
    writeErr: (line: string) => {
      logged.push(JSON.parse(line) as Record<string, unknown>);
    },
  };
  const testRuntime = { ...runtime, ...io, host };
  const config = await loadConfig(host, { home: `${folder.path}/home`, log_level: "debug", log_format: "json" });
  const cadre = table ? new Cadre(testRuntime, config, table) : new Cadre(testRuntime, config);
  const clock = fakeClock();
  const served = serveOverStdio(testRuntime, isFake ? clock : systemClock, cadre.mcpParts("0.0.0-test"), {
    workspace: folder.path,
    filter: {},
  }).then(async () => {
    await cadre.close();
    folder[Symbol.dispose]();
  });
  if (era === "legacy") {
    const params = { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: "test", version: "0" } };
    io.type(`${JSON.stringify({ jsonrpc: "2.0", id: "greeting", method: "initialize", params })}\n`);
    await io.have(1);
    io.type('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  }
  return {
    io,
    cadre,
    clock,
    logged,
    workspace: folder.path,
    /** Resolves when the face has left and everything is closed. */
    served,
    signal: (name: string) => {
      for (const stop of stops) stop(name);
    },
  };
}

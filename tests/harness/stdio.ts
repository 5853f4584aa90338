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
  /** Whether waits pass only when the test says so. */
  readonly isFake?: boolean;
  /** What a client of the older era says of itself beside, or instead of, what the others say. */
  readonly greeting?: Readonly<Record<string, unknown>>;
  /** As flags would give them. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Where the process was started; by default a folder of its own. */
  readonly cwd?: string;
}

/** The MCP face over stdin and stdout, in this process and in the hands of the test. */
export async function openStdio(options: StdioServerOptions = {}) {
  const { table, era, isFake = false } = options;
  const folder = tempFolder();
  const io = memoryIo();
  const stops: ((signal: string) => void)[] = [];
  const logged: Record<string, unknown>[] = [];
  const host = {
    ...runtime.host,
    env: options.env ?? {},
    cwd: options.cwd ?? folder.path,
    onStop: (stop: (signal: string) => void) => {
      stops.push(stop);
    },
    writeErr: (line: string) => {
      logged.push(JSON.parse(line) as Record<string, unknown>);
    },
  };
  const testRuntime = { ...runtime, ...io, host };
  const settings = { home: `${folder.path}/home`, log_level: "debug", log_format: "json", ...options.settings };
  const config = await loadConfig(host, settings);
  const cadre = table ? new Cadre(testRuntime, config, table) : new Cadre(testRuntime, config);
  const clock = fakeClock();
  const parts = cadre.mcpParts("0.0.0-test");
  const served = serveOverStdio(testRuntime, isFake ? clock : systemClock, parts, cadre.caller).then(async () => {
    await cadre.close();
    folder[Symbol.dispose]();
  });
  if (era === "legacy") {
    const common = { protocolVersion: LEGACY_VERSION, capabilities: {}, clientInfo: { name: "test", version: "0" } };
    const params = { ...common, ...options.greeting };
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
    /** For a test that ends while the client is still there. */
    [Symbol.asyncDispose]: async () => {
      io.endInput();
      await served;
    },
  };
}

// Reads the command line and starts one of three things: MCP over stdio, the HTTP server, or one command.
// What is not needed is not loaded: a client waits for the first answer.
import { toAppError } from "./base/errors.ts";
import { COMMIT, VERSION } from "./base/version.ts";
import { runtime } from "./runtime/current.ts";

const { host } = runtime;

host.exit(await start().catch(complain));

async function start(): Promise<number> {
  const [first] = host.args;
  if (host.args.length === 1 && (first === "--version" || first === "-v")) return printVersion();
  if (host.args.length === 0 && !host.isTerminal.in) return serveStdio({});
  if (first === "internal") return (await import("./internal.ts")).runInternal(host.args.slice(1), runtime);

  const { readInvocation, runCommand } = await import("./cli/cli.ts");
  const { allCommands } = await import("./cli/commands.ts");
  const { tools } = await import("./tools/index.ts");
  const commands = allCommands(tools);
  const invocation = readInvocation(host.args, commands);
  const { flags, words } = invocation.parsed;
  if (flags["version"]) return printVersion();
  if (invocation.isServing) return serveHttp(invocation.settings, flags["take-over"]?.at(-1) === "true");
  if (words.length === 0 && !flags["help"] && !host.isTerminal.in) return serveStdio(invocation.settings);

  const { nextRequestId } = await import("./observe/trace.ts");
  const stop = new AbortController();
  host.onStop(() => stop.abort());
  const openContext = async () => {
    const cadre = await openCadre(invocation.settings);
    const { clock, config, log, toolbox, caller, databasePath } = cadre;
    return {
      context: {
        runtime,
        clock,
        config,
        log,
        toolbox,
        version: VERSION,
        caller,
        workspace: caller.workspace,
        databasePath,
        open: () => cadre.open(),
        signal: stop.signal,
      },
      close: () => cadre.close(),
    };
  };
  return runCommand(invocation, commands, openContext, { runtime, version: VERSION, requestId: nextRequestId() });
}

async function printVersion(): Promise<number> {
  await runtime.writeOut(`cadre ${VERSION} (${COMMIT}, ${runtime.name} ${host.runtimeVersion})\n`);
  return 0;
}

async function openCadre(flags: Readonly<Record<string, string>>, keepsLog = false) {
  const [{ Cadre }, { loadConfig }] = await Promise.all([import("./app.ts"), import("./config/load.ts")]);
  const cadre = new Cadre(runtime, await loadConfig(host, flags));
  if (keepsLog) cadre.keepLog();
  for (const warning of cadre.config.warnings) cadre.log.warn(warning);
  host.onStray((cause) => cadre.log.error("unexpected failure", { cause }));
  return cadre;
}

async function serveStdio(flags: Readonly<Record<string, string>>): Promise<number> {
  host.reserveStdout();
  const [cadre, { serveOverStdio }] = await Promise.all([openCadre(flags, true), import("./mcp/stdio.ts")]);
  cadre.tendStore();
  cadre.openSoon();
  await serveOverStdio(runtime, cadre.clock, cadre.mcpParts(VERSION), cadre.caller);
  await cadre.close();
  return 0;
}

async function serveHttp(flags: Readonly<Record<string, string>>, takeOver: boolean): Promise<number> {
  host.reserveStdout();
  const [cadre, { McpOverHttp }, { HttpServer }] = await Promise.all([
    openCadre(flags, true),
    import("./mcp/http.ts"),
    import("./http/server.ts"),
  ]);
  cadre.tendStore();
  const app = await cadre.open();
  const mcp = new McpOverHttp(cadre.mcpParts(VERSION), async () => app.sql, cadre.clock);
  await new HttpServer({ ...cadre.httpParts(VERSION, app), mcp }).serve(takeOver);
  await mcp.close();
  await cadre.close();
  return 0;
}

/** What keeps the program from starting is told like every other error. */
async function complain(thrown: unknown): Promise<number> {
  const { renderError } = await import("./cli/output.ts");
  const error = toAppError(thrown);
  // The command line may be what is wrong: then nobody has read it yet.
  host.writeErr(host.args.includes("--json") ? `${JSON.stringify({ error })}\n` : renderError(error, host));
  if (error.code === "internal") host.writeErr(`${String(error.cause)}\n`);
  return error.exit;
}

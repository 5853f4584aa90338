import { Cadre } from "../../src/app.ts";
import { toAppError } from "../../src/base/errors.ts";
import { readInvocation, runCommand } from "../../src/cli/cli.ts";
import type { Command } from "../../src/cli/command.ts";
import { allCommands } from "../../src/cli/commands.ts";
import { renderError } from "../../src/cli/output.ts";
import { loadConfig } from "../../src/config/load.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { Runtime } from "../../src/runtime/runtime.ts";
import { tools } from "../../src/tools/index.ts";
import type { Tool } from "../../src/tools/tool.ts";
import { tempFolder } from "./folder.ts";
import { startProcess } from "./process.ts";

export interface CliResult {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One command as a script runs it: stdin closed, no terminal. */
export async function runCli(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string; readonly input?: string } = {},
): Promise<CliResult> {
  await using child = startProcess(args, options);
  if (options.input !== undefined) await child.write(options.input);
  await child.endInput();
  const exit = await child.exited;
  return { exit, stdout: child.stdout(), stderr: child.stderr() };
}

interface InvokeOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether stdout and stderr are a terminal. */
  readonly isTerminal?: boolean;
  readonly columns?: number;
  /** The commands that there are; by default those of the tools, and the terminal's own. */
  readonly commands?: readonly Command[];
  /** The tools that there are; by default all of them. */
  readonly table?: readonly Tool[];
  readonly home?: string;
  readonly workspace?: string;
  /** The home of the user, where other programs keep their files. */
  readonly userHome?: string;
}

/** The command line in this process, as main.ts runs it, in front of a terminal of the test's choice. */
export async function invoke(args: readonly string[], options: InvokeOptions = {}): Promise<CliResult> {
  using folder = tempFolder();
  const { isTerminal = false, columns = 100 } = options;
  let stdout = "";
  let stderr = "";
  const host = {
    ...runtime.host,
    env: options.env ?? {},
    cwd: options.workspace ?? folder.path,
    homeDir: options.userHome ?? folder.path,
    columns,
    isTerminal: { in: isTerminal, out: isTerminal, err: isTerminal },
    writeErr: (text: string) => {
      stderr += text;
    },
  };
  const testRuntime: Runtime = {
    ...runtime,
    host,
    writeOut: async (text) => {
      stdout += text;
    },
  };
  const commands = options.commands ?? allCommands(options.table ?? tools);
  const run = async () => {
    const invocation = readInvocation(args, commands);
    const openContext = async () => {
      const settings = { home: options.home ?? `${folder.path}/home`, ...invocation.settings };
      const cadre = new Cadre(testRuntime, await loadConfig(host, settings), options.table);
      const { clock, config, log, toolbox, caller, workspace, databasePath } = cadre;
      const { signal } = new AbortController();
      const open = () => cadre.open();
      const context = {
        runtime: testRuntime,
        clock,
        config,
        log,
        toolbox,
        caller,
        workspace,
        databasePath,
        open,
        signal,
      };
      return { context: { ...context, version: "0.0.0-test" }, close: () => cadre.close() };
    };
    return runCommand(invocation, commands, openContext, {
      runtime: testRuntime,
      version: "0.0.0-test",
      requestId: "request_test",
    });
  };
  const exit = await run().catch((thrown: unknown) => {
    const error = toAppError(thrown);
    stderr += renderError(error, host);
    return error.exit;
  });
  return { exit, stdout, stderr };
}

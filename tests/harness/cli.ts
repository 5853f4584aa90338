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

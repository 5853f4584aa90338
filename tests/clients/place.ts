/** Where a client finds cadre. */
export interface Place {
  /** Of a server that listens. */
  readonly origin: string;
  /** The folder of its data. */
  readonly home: string;
  /** A project folder. */
  readonly folder: string;
}

export interface Outcome {
  readonly name: string;
  /** Empty when all is well. */
  readonly problems: readonly string[];
  /** What is worth telling about it, in a few words. */
  readonly detail: string;
}

export interface Ran {
  readonly exit: number;
  readonly output: string;
}

/** Runs a client as a program of its own, in this environment or in ours. */
export async function run(
  command: readonly [string, ...string[]],
  cwd: string,
  env?: Readonly<Record<string, string>>,
): Promise<Ran> {
  const child = Bun.spawn([...command], {
    cwd,
    ...(env ? { env: { ...env } } : {}),
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exit, output: `${stdout}${stderr}` };
}

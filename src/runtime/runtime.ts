// The port to the world. Only this folder names Bun, Deno, process or a database driver; everything
// above asks here, so that one source answers the same on both runtimes and a test can turn any of it.

import type { Native } from "./native.ts";

export interface Runtime {
  readonly name: "bun" | "deno";
  readonly host: Host;
  /** One connection to a SQLite file. Calls are synchronous, on both runtimes. */
  openSqlite(path: string, options?: { readonly readOnly?: boolean }): SqliteConnection;
  /**
   * Makes `target` hold what `source` holds at one moment, while others read and write both. Only for a child
   * process that has neither file open.
   */
  copySqlite(source: string, target: string): Promise<void>;
  openPostgres(url: string, options: { readonly lockWaitMs: number }): Promise<PostgresPool>;
  openRedis(url: string): Promise<RedisConnection>;
  serve(options: ServeOptions): Promise<HttpListener>;
  /**
   * Starts a process in a group of its own, with this environment and no other. Rejects when the program cannot be
   * started.
   */
  start(command: readonly [string, ...string[]], options: StartOptions): Promise<Started>;
  /** TypeScript to JavaScript, whatever its syntax; lines may move. */
  transpile(code: string): Promise<string>;
  /** The kernel's calls, on Linux. */
  native(): Promise<Native>;
  /** The calls of Windows that put a process into a job. */
  kernel32(): Promise<Kernel32>;
  /** What arrives on stdin, until its end. */
  stdin(): AsyncIterable<Uint8Array>;
  /** Resolves when the text has left for stdout; rejects when nobody reads any more. */
  writeOut(text: string): Promise<void>;
}

/** Handles are 0 where a call failed. */
export interface Kernel32 {
  createJob(): bigint;
  setJobInformation(job: bigint, kind: number, bytes: Uint8Array): boolean;
  openProcess(access: number, pid: number): bigint;
  assignToJob(job: bigint, process: bigint): boolean;
  terminateJob(job: bigint, exitCode: number): boolean;
  closeHandle(handle: bigint): boolean;
  lastError(): number;
}

/** What both runtimes answer through their Node layer. */
export interface Host {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: string;
  readonly arch: string;
  readonly pid: number;
  /** The user that this process runs as; undefined on Windows. */
  readonly uid: number | undefined;
  readonly homeDir: string;
  readonly cwd: string;
  readonly runtimeVersion: string;
  /** True for the downloaded executable, false when run from source. */
  readonly isCompiled: boolean;
  /** The command line that starts this same program again. */
  readonly self: readonly [string, ...string[]];
  /** What it must be able to read for that. */
  readonly selfFiles: readonly string[];
  /** What it must be told for that, where its environment is empty. */
  readonly selfEnv: Readonly<Record<string, string>>;
  /** The file that this process is, links followed. */
  readonly executable: string;
  readonly isTerminal: { readonly in: boolean; readonly out: boolean; readonly err: boolean };
  readonly columns: number;
  /** Undefined without a terminal. */
  readonly rows: number | undefined;
  parentPid(): number;
  rssBytes(): number;
  cpuSeconds(): number;
  uptimeSeconds(): number;
  writeErr(text: string): void;
  /** Sends whatever a dependency prints to stderr: stdout belongs to the protocol. */
  reserveStdout(): void;
  onStop(stop: (signal: string) => void): void;
  onStray(report: (cause: unknown) => void): void;
  signalProcess(pid: number, signal: "SIGTERM" | 0): boolean;
  /** Ends every process of a group at once; false when there is none. */
  killGroup(pid: number): boolean;
  runSelf(args: readonly string[], options: RunOptions): Promise<Finished>;
  run(command: readonly [string, ...string[]], options: RunOptions): Promise<Finished>;
  /** Runs a command on our own stdin and stdout; a signal that ends it is 128 more than its number. */
  attach(command: readonly [string, ...string[]]): Promise<number>;
  setExitCode(code: number): void;
  exit(code: number): never;
}

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Instead of our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
}

export interface Finished {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** What it writes, as it comes. */
  onOutput(stream: "stdout" | "stderr", bytes: Uint8Array): void;
}

export interface Started {
  readonly pid: number;
  write(bytes: string | Uint8Array): Promise<void>;
  endInput(): Promise<void>;
  /** The process itself is over; others of its group may still run. */
  readonly ended: Promise<Ended>;
  /** Nobody can write any more, and all that was written has been told. */
  readonly drained: Promise<void>;
}

export interface Ended {
  readonly exit: number | undefined;
  readonly signal: string | undefined;
  /** Of the process and what it waited for, where the runtime knows. */
  readonly cpuMs?: number | undefined;
  readonly peakBytes?: number | undefined;
}

export type Value = string | number | null | Uint8Array;
export type Row = Record<string, Value>;

export interface SqliteConnection {
  all(text: string, values?: readonly Value[]): Row[];
  exec(text: string): void;
  readonly inTransaction: boolean;
  close(): void;
}

/**
 * A failure that the server tells has its SQLSTATE as `errno`; where the connection is lost or refused, the code begins
 * with ERR_POSTGRES_CONNECTION.
 */
export interface PostgresPool extends PostgresQuery {
  /** Runs `work` on one connection, in one transaction that ends with it. */
  transaction<T>(work: (query: PostgresQuery) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export interface PostgresQuery {
  all(text: string, values?: readonly Value[]): Promise<Row[]>;
}

/** One connection, which does not come back by itself: a command that was under way rejects, and so do all after it. */
export interface RedisConnection {
  send(command: string, args: readonly string[]): Promise<unknown>;
  close(): void;
}

export interface ServeOptions {
  readonly hostname: string;
  readonly port: number;
  readonly bodyBytesMax: number;
  /** Listen beside the process that has the port, which is then asked to leave. */
  readonly takeOver: boolean;
  fetch(request: Request, peer: () => string): Response | Promise<Response>;
}

export interface HttpListener {
  readonly port: number;
  /** Takes no new connection; resolves when every request in flight has been answered. */
  drain(): Promise<void>;
  /** Cuts what is still open. */
  abort(): Promise<void>;
}

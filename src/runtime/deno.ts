import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { AppError } from "../base/errors.ts";
import { processHost } from "./host.ts";
import { openNodeSqlite } from "./open-node-sqlite.ts";
import { CONNECT_SECONDS_MAX, POOL_CONNECTIONS } from "./pool.ts";
import { Prepared } from "./prepared.ts";
import type { HttpListener, Row, Runtime, ServeOptions, SqliteConnection, Value } from "./runtime.ts";

/** The part of Deno's own API that cadre uses; its full types would clash with Bun's. */
declare const Deno: {
  readonly version: { readonly deno: string };
  execPath(): string;
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> };
  readonly stdout: { write(bytes: Uint8Array): Promise<number> };
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen: () => void },
    handler: (request: Request, info: { remoteAddr: { hostname?: string } }) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void>; shutdown(): Promise<void> };
};

const POOL = { connections: POOL_CONNECTIONS, connectSeconds: CONNECT_SECONDS_MAX };

export const denoRuntime: Runtime = {
  name: "deno",
  host: processHost({
    runtimeVersion: Deno.version.deno,
    isCompiled: false,
    self: [Deno.execPath(), "run", "-A", fileURLToPath(import.meta.resolve("../main.ts"))],
    selfFiles: [Deno.execPath(), fileURLToPath(import.meta.resolve("../..")), cacheFolder()],
    selfEnv: { DENO_DIR: cacheFolder() },
  }),
  openSqlite,
  copySqlite: async (source, target) => (await import("./copy-sqlite.ts")).copySqlite(source, target),
  openPostgres: async (url, { lockWaitMs }) =>
    (await import("./postgres-deno.ts")).openPostgres(url, { ...POOL, lockWaitMs }),
  openRedis: async (url) => (await import("./redis-deno.ts")).openRedis(url, CONNECT_SECONDS_MAX * 1_000),
  serve,
  start: async (command, options) => (await import("./start-node.ts")).startProcess(command, options),
  transpile: async (code) => {
    const { stripTypeScriptTypes } = (await import("node:module")) as unknown as {
      stripTypeScriptTypes(code: string, options: { mode: "transform" }): string;
    };
    return stripTypeScriptTypes(code, { mode: "transform" });
  },
  native: async () => (await import("./native-deno.ts")).openNative(),
  kernel32: async () => (await import("./kernel32-deno.ts")).openKernel32(),
  stdin: () => Deno.stdin.readable,
  writeOut,
};

/** Where Deno keeps what it has compiled; without the variable it looks for the home folder. */
function cacheFolder(): string {
  const { DENO_DIR, XDG_CACHE_HOME } = process.env;
  return DENO_DIR || join(XDG_CACHE_HOME || join(homedir(), ".cache"), "deno");
}

function openSqlite(path: string, options: { readOnly?: boolean } = {}): SqliteConnection {
  const database = openNodeSqlite(path, { readOnly: options.readOnly === true, timeout: 0 });
  const prepared = new Prepared((text) => database.prepare(text));
  const all = (text: string, values: readonly Value[] = []) => prepared.get(text).all(...values) as Row[];
  return {
    all,
    // Not `database.exec`: its errors do not say which of SQLite's they are.
    exec: (text) => void all(text),
    get inTransaction() {
      return database.isTransaction;
    },
    close: () => {
      prepared.clear();
      if (database.isOpen) database.close();
    },
  };
}

async function serve(options: ServeOptions): Promise<HttpListener> {
  if (options.takeOver) {
    throw new AppError("unavailable", "cannot take over a port: Deno shares ports only with an unstable flag", {
      hint: "Stop the other cadre first, or run this one on Bun.",
    });
  }
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: options.hostname, port: options.port, signal: stop.signal, onListen: () => {} },
    (request, info) => options.fetch(request, () => info.remoteAddr.hostname ?? ""),
  );
  return {
    port: server.addr.port,
    drain: () => server.shutdown(),
    abort: () => {
      stop.abort();
      return server.finished;
    },
  };
}

const encoder = new TextEncoder();

async function writeOut(text: string): Promise<void> {
  let rest = encoder.encode(text);
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}

import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { AppError } from "../base/errors.ts";
import { processHost } from "./host.ts";
import type { HttpListener, PostgresPool, Row, Runtime, ServeOptions, SqliteConnection, Value } from "./runtime.ts";

/** The part of Deno's own API that cadre uses; its full types would clash with Bun's. */
declare const Deno: {
  readonly version: { readonly deno: string };
  execPath(): string;
  readonly stdin: { readonly readable: ReadableStream<Uint8Array> };
  readonly stdout: { write(bytes: Uint8Array): Promise<number> };
  serve(
    options: { hostname: string; port: number; reusePort: boolean; signal: AbortSignal; onListen: () => void },
    handler: (request: Request, info: { remoteAddr: { hostname?: string } }) => Response | Promise<Response>,
  ): { readonly addr: { readonly port: number }; readonly finished: Promise<void>; shutdown(): Promise<void> };
  listen(options: { hostname: string; port: number }): { close(): void };
};

export const denoRuntime: Runtime = {
  name: "deno",
  host: processHost({
    runtimeVersion: Deno.version.deno,
    isCompiled: false,
    self: [Deno.execPath(), "run", "-A", fileURLToPath(import.meta.resolve("../main.ts"))],
  }),
  openSqlite,
  openPostgres,
  serve,
  stdin: () => Deno.stdin.readable,
  writeOut,
};

function openSqlite(path: string, options: { readOnly?: boolean } = {}): SqliteConnection {
  const database = new DatabaseSync(path, { readOnly: options.readOnly === true, timeout: 0 });
  const prepared = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  return {
    all: (text, values = []) => {
      const statement = prepared.get(text) ?? database.prepare(text);
      prepared.set(text, statement);
      return statement.all(...(values as Value[])) as Row[];
    },
    exec: (text) => database.exec(text),
    get inTransaction() {
      return database.isTransaction;
    },
    close: () => {
      prepared.clear();
      database.close();
    },
  };
}

async function openPostgres(): Promise<PostgresPool> {
  throw new AppError("unavailable", "cannot open PostgreSQL: this build of cadre runs on Deno", {
    hint: "Run cadre on Bun, or the downloaded executable, for --db postgres://…",
  });
}

async function serve(options: ServeOptions): Promise<HttpListener> {
  if (options.port !== 0 && !options.takeOver) {
    Deno.listen({ hostname: options.hostname, port: options.port }).close();
  }
  const stop = new AbortController();
  const server = Deno.serve(
    { hostname: options.hostname, port: options.port, reusePort: true, signal: stop.signal, onListen: () => {} },
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

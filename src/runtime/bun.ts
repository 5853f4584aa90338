import { Database } from "bun:sqlite";
import { fileURLToPath } from "node:url";
import { processHost } from "./host.ts";
import { CONNECT_SECONDS_MAX, POOL_CONNECTIONS } from "./pool.ts";
import { Prepared } from "./prepared.ts";
import type {
  HttpListener,
  PostgresPool,
  PostgresQuery,
  RedisConnection,
  Row,
  Runtime,
  ServeOptions,
  SqliteConnection,
  Value,
} from "./runtime.ts";

/** Compiled programs live in a virtual folder of this name. */
const isCompiled = import.meta.path.includes("$bunfs") || import.meta.path.includes("~BUN");

export const bunRuntime: Runtime = {
  name: "bun",
  host: processHost({
    runtimeVersion: Bun.version,
    isCompiled,
    self: isCompiled ? [process.execPath] : [process.execPath, fileURLToPath(import.meta.resolve("../main.ts"))],
    selfFiles: isCompiled ? [process.execPath] : [process.execPath, fileURLToPath(import.meta.resolve("../.."))],
    selfEnv: {},
  }),
  openSqlite,
  copySqlite: async (source, target) => (await import("./copy-sqlite.ts")).copySqlite(source, target),
  openPostgres,
  openRedis,
  serve,
  start: async (command, options) => (await import("./start-bun.ts")).startProcess(command, options),
  transpile: async (code) => new Bun.Transpiler(TRANSPILER).transformSync(code),
  native: async () => (await import("./native-bun.ts")).openNative(),
  kernel32: async () => (await import("./kernel32-bun.ts")).openKernel32(),
  stdin: () => Bun.stdin.stream(),
  writeOut,
};

/** By itself it would leave out what seems to have no effect: an expression at the end of a program is its result. */
const TRANSPILER = {
  loader: "ts",
  target: "browser",
  deadCodeElimination: false,
  inline: false,
  treeShaking: false,
} as const;

function openSqlite(path: string, options: { readOnly?: boolean } = {}): SqliteConnection {
  const database = options.readOnly
    ? new Database(path, { readonly: true })
    : new Database(path, { readwrite: true, create: true });
  // Not `database.query`: it keeps the last twenty, and one call of a tool may need more.
  const prepared = new Prepared((text) => database.prepare(text));
  return {
    all: (text, values = []) => prepared.get(text).all(...(values as Value[])) as Row[],
    exec: (text) => database.exec(text),
    get inTransaction() {
      return database.inTransaction;
    },
    close: () => {
      prepared.clear();
      database.close();
    },
  };
}

async function openPostgres(url: string, options: { readonly lockWaitMs: number }): Promise<PostgresPool> {
  const pool = new Bun.SQL(url, {
    max: POOL_CONNECTIONS,
    connectionTimeout: CONNECT_SECONDS_MAX,
    bigint: true,
    connection: { lock_timeout: options.lockWaitMs },
  });
  await pool.connect();
  const on = (sql: Pick<Bun.SQL, "unsafe">): PostgresQuery => ({
    all: async (text, values = []) => plainRows(await sql.unsafe(text, [...values])),
  });
  return {
    ...on(pool),
    transaction: (work) => pool.begin((sql) => work(on(sql))),
    close: () => pool.close(),
  };
}

async function openRedis(url: string): Promise<RedisConnection> {
  const client = new Bun.RedisClient(url, {
    connectionTimeout: CONNECT_SECONDS_MAX * 1_000,
    autoReconnect: false,
    enableOfflineQueue: false,
  });
  try {
    await client.connect();
  } catch (cause) {
    client.close();
    throw cause;
  }
  return { send: (command, args) => client.send(command, [...args]), close: () => client.close() };
}

/** Whole numbers arrive as BigInt; every number that cadre stores fits into 53 bits. */
function plainRows(rows: Iterable<Record<string, unknown>>): Row[] {
  const plain = [...rows];
  for (const row of plain) {
    for (const name in row) if (typeof row[name] === "bigint") row[name] = Number(row[name]);
  }
  return plain as Row[];
}

/** A connection that is kept and not used, or whose client stopped in the middle of a request, is closed then. */
const IDLE_SECONDS_MAX = 60;
const STREAM = "text/event-stream";

async function serve(options: ServeOptions): Promise<HttpListener> {
  refuseBusyPort(options);
  const server = Bun.serve({
    hostname: options.hostname,
    port: options.port,
    // A new process may take the port while this one still answers what it has; see `refuseBusyPort`.
    reusePort: true,
    idleTimeout: IDLE_SECONDS_MAX,
    maxRequestBodySize: options.bodyBytesMax,
    // Otherwise what nobody foresaw would be answered with its stack.
    development: false,
    fetch: async (request, self) => {
      // While a call is at work nothing is sent, and a quiet stream would be cut with status 200 and no bytes.
      self.timeout(request, 0);
      const response = await options.fetch(request, () => self.requestIP(request)?.address ?? "");
      if (!response.headers.get("content-type")?.startsWith(STREAM)) self.timeout(request, IDLE_SECONDS_MAX);
      return response;
    },
  });
  if (options.takeOver && process.platform === "linux") {
    const { preferNewestListener } = await import("./newest-listener.ts");
    preferNewestListener(server.port ?? options.port);
  }
  return {
    port: server.port ?? options.port,
    drain: () => server.stop(false),
    abort: () => server.stop(true),
  };
}

/** With `reusePort` two servers could share a port unnoticed. A plain listener finds out first. */
function refuseBusyPort({ hostname, port, takeOver }: ServeOptions): void {
  if (port === 0 || takeOver) return;
  const probe = Bun.listen({ hostname, port, exclusive: true, socket: { data() {} } });
  probe.stop(true);
}

const out = Bun.stdout.writer();

async function writeOut(text: string): Promise<void> {
  out.write(text);
  await out.flush();
}

// SQLite for statements that somebody else wrote. Both runtimes have it under the same name, beside the one that
// cadre's own database is opened with, because that one has no authorizer.
import { constants, DatabaseSync, type SQLInputValue } from "node:sqlite";

export type SqlValue = null | number | bigint | string | Uint8Array;
export type SqlValues = readonly SqlValue[] | Readonly<Record<string, SqlValue>>;

export interface GuardedStatement {
  readonly columns: readonly string[];
  rows(values: SqlValues): Iterable<readonly SqlValue[]>;
  /** How many rows it changed. */
  run(values: SqlValues): number;
}

interface GuardedOptions {
  /** In memory, when there is none. */
  readonly path: string | undefined;
  readonly mayWrite: boolean;
  readonly memoryBytes: number;
  onDenied(what: string): void;
}

const MIB = 1024 * 1024;
const PAGE_BYTES = 4_096;

/** What is asked about a database, and changes nothing outside it. */
const PRAGMAS = new Set([
  "table_info",
  "table_xinfo",
  "table_list",
  "index_list",
  "index_info",
  "index_xinfo",
  "foreign_key_list",
  "foreign_key_check",
  "foreign_keys",
  "function_list",
  "collation_list",
  "pragma_list",
  "compile_options",
  "integrity_check",
  "quick_check",
  "encoding",
  "user_version",
  "application_id",
  "schema_version",
  "data_version",
  "page_size",
  "page_count",
  "freelist_count",
  "case_sensitive_like",
  "recursive_triggers",
]);
const FUNCTIONS = /^(load_extension|fts3_tokenizer|readfile|writefile|edit|sqlite_log)$/i;
const VIRTUAL_TABLES = /^(fts3|fts4|fts5|fts5vocab|rtree|rtree_i32|geopoly|json_each|json_tree)$/i;

export interface GuardedSqlite {
  prepare(text: string): GuardedStatement;
  close(): void;
}

export async function openGuardedSqlite(options: GuardedOptions): Promise<GuardedSqlite> {
  const { path, mayWrite, memoryBytes } = options;
  const database = new DatabaseSync(path ?? ":memory:", {
    readOnly: path !== undefined && !mayWrite,
    allowExtension: false,
    limits: {
      length: Math.min(64 * MIB, memoryBytes / 4),
      attach: 0,
      sqlLength: 4 * MIB,
      exprDepth: 500,
      triggerDepth: 50,
      vdbeOp: 1_000_000,
    },
  } as object);
  for (const text of ["PRAGMA trusted_schema = OFF", "PRAGMA cell_size_check = ON", "PRAGMA temp_store = MEMORY"])
    database.exec(text);
  if (path === undefined || mayWrite)
    database.exec(`PRAGMA max_page_count = ${Math.floor(memoryBytes / 2 / PAGE_BYTES)}`);
  const guarded = database as DatabaseSync & {
    enableDefensive?(on: boolean): void;
    setAuthorizer(work: (action: number, first: string | null, second: string | null) => number): void;
  };
  guarded.enableDefensive?.(true);
  guarded.setAuthorizer((action, first, second) => {
    const what = refused(action, first ?? "", second ?? "");
    if (what === undefined) return constants.SQLITE_OK;
    options.onDenied(what);
    return constants.SQLITE_DENY;
  });
  return { prepare: (text: string) => prepare(database, text), close: () => database.close() };
}

function refused(action: number, first: string, second: string): string | undefined {
  const known = constants as unknown as Record<string, number>;
  if (action === known["SQLITE_ATTACH"]) return "ATTACH";
  if (action === known["SQLITE_DETACH"]) return "DETACH";
  if (action === known["SQLITE_PRAGMA"] && !PRAGMAS.has(first.toLowerCase())) return `PRAGMA ${first}`;
  if (action === known["SQLITE_FUNCTION"] && FUNCTIONS.test(second)) return `${second}()`;
  if (action === known["SQLITE_CREATE_VTABLE"] && !VIRTUAL_TABLES.test(second)) return `virtual table ${second}`;
  return undefined;
}

function prepare(database: DatabaseSync, text: string): GuardedStatement {
  const statement = database.prepare(text);
  statement.setReadBigInts(true);
  const asArrays = statement as typeof statement & { setReturnArrays(on: boolean): void };
  asArrays.setReturnArrays(true);
  const given = (values: SqlValues): SQLInputValue[] =>
    Array.isArray(values)
      ? ([...values] as SQLInputValue[])
      : Object.keys(values).length > 0
        ? ([values] as unknown as SQLInputValue[])
        : [];
  return {
    columns: statement.columns().map(({ name }) => name),
    rows: (values) => statement.iterate(...given(values)) as unknown as Iterable<readonly SqlValue[]>,
    run: (values) => Number(statement.run(...given(values)).changes),
  };
}

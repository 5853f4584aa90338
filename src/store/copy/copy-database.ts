// Moves everything that one has from a file to a server. Invariants: the server's copy can be used only once it is whole
// and says the same, row by row; what stopped in the middle goes on where it was, or, when the file has changed
// since, begins anew.
import type { Clock } from "../../base/clock.ts";
import { AppError, toAppError } from "../../base/errors.ts";
import type { Ids } from "../../base/ids.ts";
import { COPY_BYTES_AT_ONCE, COPY_ROWS_AT_ONCE } from "../../base/limits.ts";
import { redactText } from "../../base/redact.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import { clusterId } from "../cluster-id.ts";
import { migrate } from "../migrate.ts";
import { Postgres } from "../postgres.ts";
import { type Reader, readAtOnce } from "../snapshot.ts";
import { type Row, run, type Sql, type Value } from "../sql.ts";
import { COPIED_TABLES, type CopiedTable } from "./copied-tables.ts";
import { COPY_FACT, type CopyProgress, copyProgress, keepCopyProgress } from "./copy-progress.ts";
import { jsonRow, pagesOf, tableDigest } from "./table-rows.ts";

export interface CopyParts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly ids: Ids;
  /** The file, open, and where it lies. */
  readonly source: Sql;
  readonly path: string;
  /** postgres://… */
  readonly url: string;
  /** After each table. */
  readonly tell: (table: string, rows: number) => void;
}

interface CopiedRows {
  readonly table: string;
  readonly rows: number;
  readonly sha256: string;
}

interface Copied {
  readonly tables: readonly CopiedRows[];
  /** A copy that was begun before was gone on with. */
  readonly resumed: boolean;
}

export async function copyDatabase(parts: CopyParts): Promise<Copied> {
  const { runtime, clock, ids, source, path, url } = parts;
  const from = await clusterId(source, ids);
  const target = await Postgres.open(runtime, url, clock);
  try {
    await migrate(target, { clock, keepCopy: async () => {} });
    const before = await begin(target, from, url);
    const tables = await readAtOnce(runtime, { sql: source, database: path }, async (reader) => {
      const goneOn = before && (await goOn(parts, reader, target, before));
      if (goneOn) return goneOn;
      if (before) await empty(target, from);
      await copyRows(parts, reader, target, { from });
      return compare(reader, target);
    });
    refuseDifferent(tables, url);
    await finish(target);
    const copied = tables.map(({ table, source: { rows, sha256 } }) => ({ table, rows, sha256 }));
    return { tables: copied, resumed: before !== undefined };
  } finally {
    await target.close();
  }
}

/** Answers how far an earlier copy of the same file has come. Anything else that is there is left alone. */
async function begin(target: Sql, from: string, url: string): Promise<CopyProgress | undefined> {
  const progress = await copyProgress(target);
  if (progress?.from === from) return progress;
  const [used] = await target.all("SELECT 1 AS found FROM workspace UNION ALL SELECT 1 FROM event LIMIT 1");
  if (used || progress) {
    throw new AppError("conflict", `cannot copy into ${redactText(url)}: it holds something already`, {
      hint: "Give an empty database; createdb makes one.",
    });
  }
  await target.write(() => keepCopyProgress({ from }));
  return undefined;
}

/** Nothing when the file has changed since the copy was begun: then rows differ, or refer to what was not there. */
async function goOn(
  parts: CopyParts,
  reader: Reader,
  target: Sql,
  from: CopyProgress,
): Promise<Compared[] | undefined> {
  try {
    await copyRows(parts, reader, target, from);
  } catch (cause) {
    if (toAppError(cause).code === "internal") return undefined;
    throw cause;
  }
  const compared = await compare(reader, target);
  return compared.every(isAlike) ? compared : undefined;
}

async function copyRows(parts: CopyParts, reader: Reader, target: Sql, progress: CopyProgress): Promise<void> {
  const stages = COPIED_TABLES.flatMap((table) => [
    { table, stage: table.name, isLater: false },
    ...(table.later === undefined ? [] : [{ table, stage: `${table.name}.${table.later}`, isLater: true }]),
  ]);
  const first = Math.max(
    0,
    stages.findIndex(({ stage }) => stage === progress.stage),
  );
  for (const [at, { table, stage, isLater }] of stages.slice(first).entries()) {
    const after = at === 0 ? progress.after : undefined;
    let rows = 0;
    for await (const page of pagesOf(reader, table, COPY_ROWS_AT_ONCE, after)) {
      for (const piece of inPieces(page.map((row) => jsonRow(table, row, isLater ? undefined : table.later)))) {
        await target.write(function* () {
          const { text, isEmpty } = isLater ? linking(table, piece.rows) : inserting(table, page[0], piece.rows);
          if (!isEmpty) yield* run(text, [piece.json]);
          const last = page[piece.end - 1] as Row;
          yield* keepCopyProgress({ from: progress.from, stage, after: table.key.map((name) => last[name] as Value) });
        });
      }
      rows += page.length;
    }
    if (!isLater) parts.tell(table.name, rows);
  }
}

interface Piece {
  readonly json: string;
  readonly rows: readonly Row[];
  /** How many rows of the page are copied with it. */
  readonly end: number;
}

/** A statement's value may not get too large, and a single row may be. */
function* inPieces(rows: readonly Row[]): Generator<Piece> {
  let texts: string[] = [];
  let bytes = 0;
  let start = 0;
  for (const [at, row] of rows.entries()) {
    const text = JSON.stringify(row);
    texts.push(text);
    bytes += text.length;
    if (bytes < COPY_BYTES_AT_ONCE && at < rows.length - 1) continue;
    yield { json: `[${texts.join(",")}]`, rows: rows.slice(start, at + 1), end: at + 1 };
    texts = [];
    bytes = 0;
    start = at + 1;
  }
}

interface Step {
  readonly text: string;
  readonly isEmpty: boolean;
}

function inserting({ name }: CopiedTable, row: Row | undefined, rows: readonly Row[]): Step {
  const columns = Object.keys(row ?? {}).join(", ");
  const text = `INSERT INTO ${name} (${columns}) SELECT ${columns} FROM jsonb_populate_recordset(NULL::${name}, ?1::text::jsonb)
    ON CONFLICT DO NOTHING`;
  return { text, isEmpty: rows.length === 0 };
}

/** What refers to a row that came later is linked when all rows are there. */
function linking({ name, later = "" }: CopiedTable, rows: readonly Row[]): Step {
  const text = `UPDATE ${name} t SET ${later} = g.${later} FROM jsonb_populate_recordset(NULL::${name}, ?1::text::jsonb) g
    WHERE t.seq = g.seq AND g.${later} IS NOT NULL`;
  return { text, isEmpty: rows.every((row) => row[later] === null) };
}

interface Compared {
  readonly table: string;
  readonly source: { readonly rows: number; readonly sha256: string };
  readonly target: { readonly rows: number; readonly sha256: string };
}

async function compare(reader: Reader, target: Sql): Promise<Compared[]> {
  const compared: Compared[] = [];
  for (const table of COPIED_TABLES) {
    const { columns, ...source } = await tableDigest(reader, table);
    const { rows, sha256 } = await tableDigest(target, table, columns);
    compared.push({ table: table.name, source, target: { rows, sha256 } });
  }
  return compared;
}

function isAlike({ source, target }: Compared): boolean {
  return source.rows === target.rows && source.sha256 === target.sha256;
}

function refuseDifferent(tables: readonly Compared[], url: string): void {
  const different = tables.filter((one) => !isAlike(one));
  if (different.length === 0) return;
  const what = different.map(({ table, source, target }) => `${table} (${source.rows} rows, ${target.rows} there)`);
  throw new AppError("internal", `the copy in ${redactText(url)} does not say the same: ${what.join(", ")}`, {
    hint: "It is not used. Report this, with what is in these tables.",
  });
}

async function empty(target: Sql, from: string): Promise<void> {
  const names = COPIED_TABLES.map(({ name }) => name).join(", ");
  await target.write(function* () {
    yield* run(`TRUNCATE ${names} CASCADE`);
    yield* keepCopyProgress({ from });
  });
}

/** New rows get numbers above those that were copied; from then on it may be used. */
async function finish(target: Sql): Promise<void> {
  await target.write(function* () {
    for (const { name, isNumbered } of COPIED_TABLES) {
      if (!isNumbered) continue;
      yield* run(
        `SELECT setval(pg_get_serial_sequence('${name}', 'seq'), (SELECT max(seq) FROM ${name}))
         WHERE EXISTS (SELECT 1 FROM ${name})`,
      );
    }
    yield* run("DELETE FROM fact WHERE name = ?1", [COPY_FACT]);
  });
}

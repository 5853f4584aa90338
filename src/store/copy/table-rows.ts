// The rows of a table, page by page, the same in both engines.
import { createHash } from "node:crypto";
import { AppError } from "../../base/errors.ts";
import { COPY_ROWS_AT_ONCE } from "../../base/limits.ts";
import type { Reader } from "../snapshot.ts";
import type { Row, Value } from "../sql.ts";
import type { CopiedTable } from "./copied-tables.ts";

/** Parts of keys that are numbers; texts are ordered by their bytes, as SQLite does. */
const NUMBERS: readonly string[] = ["seq", "piece", "n"];

export async function* pagesOf(
  reader: Reader,
  { name, key }: CopiedTable,
  rowsMax: number,
  from?: readonly Value[],
): AsyncGenerator<Row[]> {
  const ordered = key.map((column) => (NUMBERS.includes(column) ? column : `${column} {bytewise}`)).join(", ");
  const places = key.map((_column, at) => `?${at + 2}`).join(", ");
  let after = from;
  for (;;) {
    const where = after ? `WHERE (${ordered}) > (${places})` : "";
    const text = `SELECT * FROM ${name} ${where} ORDER BY ${ordered} LIMIT ?1`;
    const rows: Row[] = await reader.all(text, [rowsMax, ...(after ?? [])]);
    const last = rows.at(-1);
    if (!last) return;
    yield rows;
    after = key.map((column) => last[column] as Value);
  }
}

/** A row as PostgreSQL reads it from JSON; without the column that is linked later. */
export function jsonRow({ name: table }: CopiedTable, row: Row, without?: string): Row {
  const entries = Object.entries(row).map(([name, value]) => {
    if (typeof value === "string" && (value.includes("\0") || !value.isWellFormed())) {
      const [[column, id] = []] = Object.entries(row);
      throw new AppError(
        "invalid_input",
        `cannot copy a row of ${table} (${column} ${id}): PostgreSQL cannot keep its ${name}`,
        {
          hint: "It holds a character NUL, or half of one. Change it, or delete what it belongs to, then copy again.",
        },
      );
    }
    return [name, name === without ? null : plain(value)];
  });
  return Object.fromEntries(entries);
}

interface TableDigest {
  readonly rows: number;
  /** Of all rows in their order, each value of each. */
  readonly sha256: string;
  readonly columns: readonly string[];
}

/** With the columns that are asked for, or all. */
export async function tableDigest(
  reader: Reader,
  table: CopiedTable,
  asked: readonly string[] = [],
): Promise<TableDigest> {
  const hash = createHash("sha256");
  let columns = asked;
  let rows = 0;
  for await (const page of pagesOf(reader, table, COPY_ROWS_AT_ONCE)) {
    if (columns.length === 0) columns = Object.keys(page[0] ?? {}).sort();
    for (const row of page) hash.update(`${JSON.stringify(columns.map((name) => plain(row[name] ?? null)))}\n`);
    rows += page.length;
  }
  return { rows, sha256: hash.digest("hex"), columns };
}

function plain(value: Value): Value {
  return value instanceof Uint8Array ? `\\x${Buffer.from(value).toString("hex")}` : value;
}

// Code that was looked at. A row is written once, when everything is known.
import { type Part, type Row, run, type Sql, type Value } from "./sql.ts";

export interface ScanRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string;
  readonly task_id: string | null;
  readonly asked: Record<string, unknown>;
  readonly answer: Record<string, unknown>;
  readonly findings: readonly Record<string, unknown>[];
  readonly files: readonly (readonly [path: string, code: number, maintainability: number, findings: number])[];
  readonly took_ms: number;
  readonly created_ms: number;
}

export interface ScanFilter {
  readonly workspace_id?: string | undefined;
  readonly task_id?: string | undefined;
}

export function* insertScan(scan: Omit<ScanRow, "seq">): Part<void> {
  yield* run(
    `INSERT INTO scan (id, workspace_id, task_id, asked, answer, findings, files, took_ms, created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
    [
      scan.id,
      scan.workspace_id,
      scan.task_id,
      JSON.stringify(scan.asked),
      JSON.stringify(scan.answer),
      JSON.stringify(scan.findings),
      JSON.stringify(scan.files),
      scan.took_ms,
      scan.created_ms,
    ],
  );
}

/** Of a project that is looked at all day, so many are kept. */
export function* forgetScansBeyond(workspaceId: string, kept: number): Part<void> {
  yield* run(
    `DELETE FROM scan WHERE workspace_id = ?1 AND seq <= (
       SELECT seq FROM scan WHERE workspace_id = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
     )`,
    [workspaceId, kept],
  );
}

/** The newest first, below a number, without what was found. */
export async function readScans(
  sql: Sql,
  filter: ScanFilter,
  before: number,
  rowsMax: number,
): Promise<Omit<ScanRow, "findings">[]> {
  const values: Value[] = [];
  let text = "";
  for (const column of ["workspace_id", "task_id"] as const) {
    const wanted = filter[column];
    if (wanted === undefined) continue;
    values.push(wanted);
    text += `s.${column} = ?${values.length} AND `;
  }
  const rows = await sql.all(
    `SELECT s.seq, s.id, s.workspace_id, s.task_id, s.asked, s.answer, s.files, s.took_ms, s.created_ms
     FROM scan s WHERE ${text} s.seq < ?${values.length + 1} ORDER BY s.seq DESC LIMIT ?${values.length + 2}`,
    [...values, before, rowsMax],
  );
  return rows.map(toScan);
}

export async function readScan(sql: Sql, id: string): Promise<ScanRow | undefined> {
  return (await sql.all("SELECT * FROM scan WHERE id = ?1", [id])).map(toScan)[0];
}

function toScan(row: Row): ScanRow {
  const parsed = (column: string) => JSON.parse(String(row[column] ?? "[]")) as never;
  return {
    ...(row as unknown as ScanRow),
    asked: parsed("asked"),
    answer: parsed("answer"),
    findings: parsed("findings"),
    files: parsed("files"),
  };
}

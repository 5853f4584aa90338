// What was found each time that a project was looked at, so that people see where it goes.
import { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { ANALYSIS_FILES_KEPT_MAX, ANALYSIS_FINDINGS_KEPT_MAX, ANALYSIS_SCANS_KEPT } from "../base/limits.ts";
import { pageCursor } from "../base/page-cursor.ts";
import { forgetScansBeyond, insertScan, readScan, readScans, type ScanFilter, type ScanRow } from "../store/scans.ts";
import type { Part, Sql } from "../store/sql.ts";
import { taskForChange } from "../store/tasks.ts";
import { AnalysisAnswer } from "./analysis-answer.ts";
import { byGravity, SEVERITIES } from "./finding.ts";
import type { Analysis, Told } from "./project-analysis.ts";

interface ScansParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
}

export interface Kept {
  readonly ensureWorkspace: () => Part<{ readonly id: string }>;
  readonly task?: string | undefined;
  readonly asked: ScanAsked;
  readonly analysis: Analysis;
  readonly answer: AnalysisAnswer;
  readonly took_ms: number;
}

const ScanAsked = z.object({
  path: z.string(),
  pattern: z.string().optional(),
  diff: z.string().optional(),
});
type ScanAsked = z.infer<typeof ScanAsked>;

const Count = z.number().int();

export const ScanBrief = z.object({
  id: z.string(),
  ...ScanAsked.shape,
  task: z.string().optional(),
  score: z.number(),
  files: Count,
  code: Count,
  maintainability: z.number().optional(),
  counts: z.partialRecord(z.enum(SEVERITIES), Count),
  /** Of the one file that was asked for. */
  file: z.object({ code: Count, maintainability: z.number(), findings: Count }).optional(),
  took_ms: z.number(),
  created_ms: z.number(),
});
export type ScanBrief = z.infer<typeof ScanBrief>;

export class Scans {
  readonly #parts: ScansParts;

  constructor(parts: ScansParts) {
    this.#parts = parts;
  }

  now(): number {
    return this.#parts.clock.now();
  }

  async keep({ ensureWorkspace, task, asked, analysis, answer, took_ms }: Kept): Promise<string> {
    const { sql, clock, ids } = this.#parts;
    const id = ids.next("scan");
    const created_ms = clock.now();
    const { sarif: _sarif, details: _details, ...short } = answer;
    const findings = analysis.findings.toSorted(byGravity).slice(0, ANALYSIS_FINDINGS_KEPT_MAX);
    const row = { id, asked, answer: short, findings, files: filesIn(analysis), took_ms, created_ms };
    await sql.write(function* () {
      const workspace = yield* ensureWorkspace();
      const known = task === undefined ? undefined : yield* taskForChange(task);
      if (task !== undefined && !known)
        throw new AppError("not_found", `no task ${task}`, { hint: "List the tasks with task_list." });
      const workspace_id = known?.workspace_id ?? workspace.id;
      yield* insertScan({ ...row, workspace_id, task_id: task ?? null });
      yield* forgetScansBeyond(workspace_id, ANALYSIS_SCANS_KEPT);
    });
    return id;
  }

  async list(
    filter: ScanFilter,
    page: { readonly limit: number; readonly cursor?: string | undefined },
    path?: string,
  ): Promise<{ scans: ScanBrief[]; cursor?: string }> {
    const before = pageCursor(page.cursor, "scan_list", Number.MAX_SAFE_INTEGER);
    const rows = await readScans(this.#parts.sql, filter, before, page.limit + 1);
    const shown = rows.slice(0, page.limit);
    const last = shown.at(-1);
    return {
      scans: shown.map((row) => briefOf(row, path)),
      ...(rows.length > page.limit && last ? { cursor: String(last.seq) } : {}),
    };
  }

  async show(
    id: string,
  ): Promise<{ readonly brief: ScanBrief; readonly answer: AnalysisAnswer; readonly findings: readonly Told[] }> {
    const row = await readScan(this.#parts.sql, id);
    if (!row) throw new AppError("not_found", `no scan ${id}`, { hint: "scan_list names those that there are." });
    return {
      brief: briefOf(row),
      answer: AnalysisAnswer.parse(row.answer),
      findings: row.findings as unknown as Told[],
    };
  }

  /** The last that was made for a task. */
  async lastOf(task: string): Promise<ScanBrief | undefined> {
    const [row] = await readScans(this.#parts.sql, { task_id: task }, Number.MAX_SAFE_INTEGER, 1);
    return row && briefOf(row);
  }
}

function filesIn({ reports }: Analysis): ScanRow["files"] {
  return reports
    .filter(({ metrics, findings }) => metrics || findings.length > 0)
    .slice(0, ANALYSIS_FILES_KEPT_MAX)
    .map(({ path, metrics, findings }) => [
      path,
      metrics?.code ?? 0,
      Math.round(metrics?.maintainability ?? 100),
      findings.length,
    ]);
}

function briefOf(row: Omit<ScanRow, "findings">, path?: string): ScanBrief {
  const { score, files, code, maintainability, counts } = row.answer as unknown as AnalysisAnswer;
  const file = path === undefined ? undefined : row.files.find(([known]) => known === path);
  return {
    id: row.id,
    ...ScanAsked.parse(row.asked),
    ...(row.task_id === null ? {} : { task: row.task_id }),
    score,
    files,
    code,
    ...(maintainability === undefined ? {} : { maintainability }),
    counts,
    ...(file ? { file: { code: file[1], maintainability: file[2], findings: file[3] } } : {}),
    took_ms: Number(row.took_ms),
    created_ms: Number(row.created_ms),
  };
}

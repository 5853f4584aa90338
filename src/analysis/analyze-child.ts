// `cadre internal analyze`: looks into files, one after the other, in a process of its own. A file that its parser
// cannot end with takes this process with it and nothing else. Nothing of a file is ever run.
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { systemClock } from "../base/clock.ts";
import { jsonIn } from "../base/json.ts";
import { ANALYSIS_FILE_BYTES_MAX } from "../base/limits.ts";
import { LinePipe } from "../base/line-pipe.ts";
import { textOf } from "../project/text-of.ts";
import type { Runtime, SqliteConnection } from "../runtime/runtime.ts";
import { analyzeText } from "./analyze-text.ts";
import type { FileReport } from "./file-report.ts";
import type { Reads } from "./quality/sql/find-sql.ts";
import { ReportCache } from "./report-cache.ts";
import { extendRules } from "./security/rules-of.ts";
import { AnalysisSettings, PLAIN_SETTINGS } from "./settings.ts";
import { SYNTAXES } from "./syntax/syntax.ts";

/** A file by where it lies, or by its text. */
export const AnalyzeJob = z.object({
  path: z.string(),
  file: z.string().optional(),
  text: z.string().optional(),
  language: z.enum(SYNTAXES).optional(),
  only: z.literal("secrets").optional(),
});
export type AnalyzeJob = z.infer<typeof AnalyzeJob>;

/** How a project is looked at; it is said first, where there is something to say. */
const Said = z.object({
  settings: AnalysisSettings,
  cache: z.object({ file: z.string(), program: z.string() }).optional(),
});

/** Whoever writes a file has mostly written it by then. */
const READ_TRIES = 3;

export async function runAnalyzeChild(runtime: Runtime): Promise<number> {
  const lines = new LinePipe(runtime.stdin());
  let settings = PLAIN_SETTINGS;
  let cache: ReportCache | undefined;
  const sqliteReads = sqliteReader(runtime);
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    const read = jsonIn(line);
    const said = Said.safeParse(read);
    if (said.success) {
      settings = said.data.settings;
      const by = `${said.data.cache?.program}\0${JSON.stringify(settings)}`;
      cache = said.data.cache && ReportCache.open(runtime, said.data.cache.file, by);
      await extendRules(settings.flows);
      continue;
    }
    const job = AnalyzeJob.parse(read);
    await runtime.writeOut(`${await answerTo(job, { settings, cache, sqliteReads })}\n`);
  }
  return 0;
}

interface Around {
  readonly settings: AnalysisSettings;
  readonly cache: ReportCache | undefined;
  readonly sqliteReads: Reads;
}

/** As JSON. */
async function answerTo(job: AnalyzeJob, around: Around): Promise<string> {
  const { cache } = around;
  const { path, file, text } = job;
  if (file === undefined) return JSON.stringify(await reportOf(job, text ?? "", around));
  const bytes = bytesOf(file);
  if (!(bytes instanceof Uint8Array)) return JSON.stringify(without(path, bytes.skipped));
  const key = cache?.keyOf(path, bytes);
  const known = key && cache?.get(key);
  if (known) return known;
  const read = textOf(bytes)?.text;
  const report = read === undefined ? without(path, "binary") : await reportOf(job, read, around);
  const answer = JSON.stringify(report);
  // Another time there may be more of it.
  if (key && report.skipped !== "budget: time" && report.skipped !== "crashed") cache?.put(key, answer);
  return answer;
}

async function reportOf(
  { path, language, only }: AnalyzeJob,
  text: string,
  { settings, sqliteReads }: Around,
): Promise<FileReport> {
  try {
    return await analyzeText(path, text, { clock: systemClock, language, settings, only, sqliteReads });
  } catch {
    return without(path, "crashed");
  }
}

type Skipped = NonNullable<FileReport["skipped"]>;

function without(path: string, skipped: Skipped): FileReport {
  return { path, skipped, functions: [], findings: [] };
}

/** Of a file that is written to meanwhile, what it was at one moment: half of two states is none. */
function bytesOf(file: string): Uint8Array | { readonly skipped: Skipped } {
  try {
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const before = statSync(file);
      if (before.size > ANALYSIS_FILE_BYTES_MAX) return { skipped: "too large" };
      const bytes = readFileSync(file);
      const after = statSync(file);
      if (after.mtimeMs === before.mtimeMs && after.size === bytes.byteLength) return bytes;
    }
    return { skipped: "changing" };
  } catch {
    return { skipped: "unreadable" };
  }
}

/** A database with nothing in it refuses what it cannot read before it looks for tables; nothing is run. */
function sqliteReader(runtime: Pick<Runtime, "openSqlite">): Reads {
  let empty: SqliteConnection | undefined;
  return (statement) => {
    empty ??= runtime.openSqlite(":memory:");
    try {
      empty.all(`EXPLAIN ${statement}`);
      return true;
    } catch (error) {
      return !UNREADABLE.test(String(error));
    }
  };
}

const UNREADABLE = /syntax error|incomplete input|unrecognized token/;

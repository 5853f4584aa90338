// `cadre internal analyze`: looks into files, one after the other, in a process of its own. A file that its parser
// cannot end with takes this process with it and nothing else. Nothing of a file is ever run.
import { readFileSync, statSync } from "node:fs";
import { z } from "zod";
import { systemClock } from "../base/clock.ts";
import { jsonIn } from "../base/json.ts";
import { ANALYSIS_FILE_BYTES_MAX } from "../base/limits.ts";
import { LinePipe } from "../base/line-pipe.ts";
import { textOf } from "../project/text-of.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { analyzeText } from "./analyze-text.ts";
import type { FileReport } from "./file-report.ts";
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
const Said = z.object({ settings: AnalysisSettings });

export async function runAnalyzeChild(runtime: Runtime): Promise<number> {
  const lines = new LinePipe(runtime.stdin());
  let settings = PLAIN_SETTINGS;
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    const read = jsonIn(line);
    const said = Said.safeParse(read);
    if (said.success) {
      settings = said.data.settings;
      await extendRules(settings.flows);
      continue;
    }
    const job = AnalyzeJob.parse(read);
    await runtime.writeOut(`${JSON.stringify(await reportOf(job, settings))}\n`);
  }
  return 0;
}

async function reportOf(
  { path, file, text, language, only }: AnalyzeJob,
  settings: AnalysisSettings,
): Promise<FileReport> {
  try {
    const read = text ?? (file === undefined ? "" : readText(file));
    if (typeof read !== "string") return { path, skipped: read.skipped, functions: [], findings: [] };
    return await analyzeText(path, read, { clock: systemClock, language, settings, only });
  } catch {
    return { path, skipped: "crashed", functions: [], findings: [] };
  }
}

function readText(file: string): string | { readonly skipped: NonNullable<FileReport["skipped"]> } {
  try {
    if (statSync(file).size > ANALYSIS_FILE_BYTES_MAX) return { skipped: "too large" };
    return textOf(readFileSync(file))?.text ?? { skipped: "binary" };
  } catch {
    return { skipped: "unreadable" };
  }
}

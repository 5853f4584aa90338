// What was known of a project at one time: what is found beyond it is new.
import { join } from "node:path";
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { jsonIn } from "../base/json.ts";
import { ANALYSIS_BASELINE_BYTES_MAX, ANALYSIS_BASELINE_MAX } from "../base/limits.ts";
import { readProjectFile } from "../config/project-file.ts";
import type { Finding } from "./finding.ts";

export const BASELINE_FILE = [".cadre", "analysis-baseline.json"] as const;

const Baseline = z.object({
  format: z.literal("cadre-analysis-baseline"),
  format_version: z.literal(1),
  findings: z
    .array(z.object({ fingerprint: z.string().max(64), rule: z.string().max(200), path: z.string().max(4_096) }))
    .max(ANALYSIS_BASELINE_MAX),
});

/** The fingerprints of what was known; nothing where nobody has kept any. */
export function readBaseline(project: string): ReadonlySet<string> | undefined {
  const file = readProjectFile(project, BASELINE_FILE, ANALYSIS_BASELINE_BYTES_MAX);
  if (!file) return undefined;
  const path = join(project, ...BASELINE_FILE);
  if ("problem" in file) throw cannotUse(path, file.problem);
  const read = Baseline.safeParse(jsonIn(file.text));
  if (!read.success) throw cannotUse(path, read.error.issues[0]?.message ?? "it is no baseline");
  return new Set(read.data.findings.map(({ fingerprint }) => fingerprint));
}

/** A line for each, in an order that is always the same, so that people see what has changed. */
export function baselineText(findings: readonly Finding[]): string {
  const rows = findings
    .map(({ fingerprint, rule, path }) => JSON.stringify({ fingerprint, rule, path }))
    .sort()
    .map((row) => `    ${row}`);
  return `{\n  "format": "cadre-analysis-baseline",\n  "format_version": 1,\n  "findings": [\n${rows.join(",\n")}\n  ]\n}\n`;
}

function cannotUse(path: string, problem: string): AppError {
  return new AppError("invalid_input", `cannot use the baseline ${path}: ${problem}`, {
    hint: "Write it anew with cadre code baseline, or remove it.",
  });
}

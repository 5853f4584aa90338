// Changes what can be changed safely. Only where the text is still what was looked at, and whole files at once.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { ANALYSIS_FIX_ROUNDS_MAX } from "../base/limits.ts";
import { textOf } from "../project/text-of.ts";
import type { Analyzer } from "./analyzer.ts";
import { type Confidence, type Edit, isSureEnough } from "./finding.ts";
import { type Asked, analyzeProject, type Told } from "./project-analysis.ts";
import { lineStarts } from "./syntax/lines.ts";

export interface Fixed {
  readonly findings: number;
  readonly files: readonly string[];
}

type Progress = Parameters<typeof analyzeProject>[3];

/** One change lets the next be seen: what nothing uses any more is found when its last use is gone. */
export async function fixProject(
  analyzer: Analyzer,
  asked: Asked,
  least: Confidence,
  signal: AbortSignal,
  progress: Progress,
): Promise<Fixed> {
  let findings = 0;
  const files = new Set<string>();
  let only: readonly string[] | undefined;
  for (let round = 0; round < ANALYSIS_FIX_ROUNDS_MAX && only?.length !== 0; round++) {
    const analysis = await analyzeProject(analyzer, { ...asked, only }, signal, progress);
    const wanted = analysis.findings.filter(
      (one) => one.fix !== undefined && one.status === "new" && isSureEnough(one, least),
    );
    only = [];
    for (const [path, its] of Map.groupBy(wanted, (one) => one.path)) {
      const done = fixFile(join(asked.project, path), path, its);
      if (done === 0) continue;
      findings += done;
      files.add(path);
      only = [...only, path];
    }
  }
  return { findings, files: [...files].toSorted() };
}

/** Answers how many findings are gone. */
function fixFile(file: string, path: string, findings: readonly Told[]): number {
  const text = plainTextOf(file);
  if (text === undefined) return 0;
  const { changed, count } = withEdits(
    text,
    findings.map(({ fix = [] }) => fix),
  );
  if (count === 0) return 0;
  try {
    // In place, so that its rights, its owner and its other names stay.
    writeFileSync(file, changed);
  } catch (error) {
    throw new AppError(
      "forbidden",
      `cannot change ${path}: ${error instanceof Error ? error.message : String(error)}`,
      {
        hint: "Let it be written to, or leave it out by a pattern.",
      },
    );
  }
  return count;
}

const BOM = "\uFEFF";

/** None of what would not be the same when it is written again. */
function plainTextOf(file: string): string | undefined {
  try {
    const bytes = readFileSync(file);
    const decoded = textOf(bytes);
    if (decoded?.encoding !== "utf-8" || decoded.text.startsWith(BOM)) return undefined;
    return Buffer.from(decoded.text).equals(bytes) ? decoded.text : undefined;
  } catch {
    return undefined;
  }
}

interface Placed extends Pick<Edit, "text" | "was"> {
  readonly start: number;
  readonly end: number;
}

/** All changes of a finding, or none of them; of two that touch, the first. */
export function withEdits(
  text: string,
  fixes: readonly (readonly Edit[])[],
): { readonly changed: string; readonly count: number } {
  const starts = lineStarts(text);
  const at = (line: number, column: number) => (starts[line - 1] ?? text.length) + column - 1;
  const taken: Placed[] = [];
  let count = 0;
  for (const fix of fixes) {
    const placed = fix.map(({ line, column, end_line, end_column, was, text: to }) => ({
      start: at(line, column),
      end: at(end_line, end_column),
      was,
      text: to,
    }));
    const isWhole = placed.every(({ start, end, was }) => text.slice(start, end) === was);
    const isFree = placed.every((one) => taken.every((other) => one.start >= other.end || other.start >= one.end));
    if (placed.length === 0 || !isWhole || !isFree) continue;
    taken.push(...placed);
    count++;
  }
  let changed = text;
  for (const { start, end, text: to } of taken.toSorted((one, other) => other.start - one.start))
    changed = changed.slice(0, start) + to + changed.slice(end);
  return { changed, count };
}

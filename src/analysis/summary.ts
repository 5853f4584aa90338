// What is said of an analysis: few words for whoever reads on, everything for whoever asks for it.
import { ANALYSIS_FINDINGS_SHOWN_MAX, ANALYSIS_HARDEST_SHOWN, ANALYSIS_PLACES_SHOWN_MAX } from "../base/limits.ts";
import type { AnalysisAnswer, Score } from "./analysis-answer.ts";
import { findDuplicates } from "./duplication/find-duplicates.ts";
import type { FileReport } from "./file-report.ts";
import { byGravity, type Confidence, isSureEnough } from "./finding.ts";
import type { Analysis, Told } from "./project-analysis.ts";
import { sarifOf } from "./sarif.ts";
import { scoreOf } from "./score.ts";

export interface Wanted {
  /** The least that is told. */
  readonly confidence: Confidence;
  /** What is known and let be, too. */
  readonly all: boolean;
  readonly details: boolean;
  readonly sarif: boolean;
}

export function summaryOf({ reports, findings }: Analysis, wanted: Wanted): AnalysisAnswer {
  const sure = findings.filter((finding) => isSureEnough(finding, wanted.confidence));
  const told = (wanted.all ? sure : sure.filter(({ status }) => status === "new")).toSorted(byGravity);
  const metrics = reports.flatMap((report) => report.metrics ?? []);
  const sum = (pick: (one: (typeof metrics)[number]) => number) => metrics.reduce((all, one) => all + pick(one), 0);
  const code = sum((one) => one.code);
  const maintainability = code === 0 ? undefined : sum((one) => one.maintainability * one.code) / code;
  const hardest = hardestIn(reports);
  const duplication = findDuplicates(reports, ANALYSIS_HARDEST_SHOWN);
  // Whoever lets something be has not mended it, but has looked at it.
  const counted = sure.filter(({ status }) => status !== "suppressed");
  const score = scoreOf({ findings: counted, code, duplicated: duplication.lines, maintainability });
  const skipped = skippedOf(reports);
  const countOf = (status: Told["status"]) => sure.filter((one) => one.status === status).length;
  return {
    score: score.score,
    lost: lostIn(score),
    files: reports.length,
    languages: countBy(reports.flatMap(({ language }) => language ?? [])),
    lines: sum((one) => one.lines),
    code,
    comment: sum((one) => one.comment),
    functions: sum((one) => one.functions),
    ...(maintainability === undefined ? {} : { maintainability: Math.round(maintainability) }),
    counts: countBy(told.map(({ severity }) => severity)),
    found: grouped(told),
    ...(countOf("known") > 0 ? { known: countOf("known") } : {}),
    ...(countOf("suppressed") > 0 ? { suppressed: countOf("suppressed") } : {}),
    hardest: hardest
      .slice(0, HARDEST_IN_SHORT)
      .map((one) => `${one.path}:${one.line} ${one.name} ${one.cyclomatic}/${one.cognitive}`),
    ...(duplication.lines === 0
      ? {}
      : {
          duplicated: {
            lines: duplication.lines,
            percent: code === 0 ? 0 : Math.round((duplication.lines * 1_000) / code) / 10,
            largest: duplication.largest
              .slice(0, DUPLICATES_IN_SHORT)
              .map(({ places }) => places.map(({ path, line, end_line: end }) => `${path}:${line}-${end}`).join(" = ")),
          },
        }),
    ...(skipped.length > 0 ? { skipped } : {}),
    ...(wanted.details ? { details: detailsOf(told, hardest, score, duplication.largest) } : {}),
    ...(wanted.sarif
      ? { sarif: { ...sarifOf(wanted.all ? sure : sure.filter(({ status }) => status !== "known")) } }
      : {}),
  };
}

const HARDEST_IN_SHORT = 3;
const DUPLICATES_IN_SHORT = 3;

function detailsOf(
  told: readonly Told[],
  functions: NonNullable<AnalysisAnswer["details"]>["functions"],
  score: Score,
  duplicates: ReturnType<typeof findDuplicates>["largest"],
): AnalysisAnswer["details"] {
  const more = told.length - ANALYSIS_FINDINGS_SHOWN_MAX;
  return {
    findings: told.slice(0, ANALYSIS_FINDINGS_SHOWN_MAX),
    ...(more > 0 ? { more_findings: more } : {}),
    functions,
    score,
    duplicates: duplicates.map(({ lines, places }) => ({ lines, places: [...places] })),
  };
}

/** What is the same is said once. */
function grouped(told: readonly Told[]): string[] {
  const groups = Map.groupBy(told, ({ rule, severity, confidence }) => {
    const sure = confidence === "high" ? "" : ` (${confidence} confidence)`;
    return `${severity} ${rule}${sure}`;
  });
  let left = ANALYSIS_FINDINGS_SHOWN_MAX;
  return [...groups].map(([what, group]) => {
    const places = group.slice(0, Math.min(ANALYSIS_PLACES_SHOWN_MAX, left)).map(placeOf);
    left -= places.length;
    const more = group.length - places.length;
    return `${what}: ${[...places, ...(more > 0 ? [`${more} more`] : [])].join(" ")}`;
  });
}

const COMMIT_CHARS = 10;

function placeOf({ path, line, commit }: Told): string {
  return commit === undefined ? `${path}:${line}` : `${path}:${line}@${commit.slice(0, COMMIT_CHARS)}`;
}

function hardestIn(reports: readonly FileReport[]) {
  return reports
    .flatMap(({ path, functions }) => functions.map((one) => ({ ...one, path })))
    .sort((one, other) => other.cognitive - one.cognitive || other.cyclomatic - one.cyclomatic)
    .slice(0, ANALYSIS_HARDEST_SHOWN);
}

function lostIn({ parts, causes, at_most: cap }: Score): string[] {
  const lost = parts
    .filter((one) => one.lost > 0)
    .sort((one, other) => other.lost - one.lost)
    .map(({ part, lost: points }) => `${part} -${points}`);
  const mostly = causes.map(({ rule, findings }) => `${rule} ×${findings}`).join(", ");
  return [
    ...lost,
    ...(mostly === "" ? [] : [`mostly ${mostly}`]),
    ...(cap ? [`at most ${cap.score}: ${cap.because}`] : []),
  ];
}

const SKIPPED_SHOWN = 5;

function skippedOf(reports: readonly FileReport[]) {
  const left = reports.filter(({ skipped }) => skipped !== undefined);
  return [...Map.groupBy(left, ({ skipped = "" }) => skipped)].map(([why, files]) => ({
    why,
    files: files.length,
    paths: files.slice(0, SKIPPED_SHOWN).map(({ path }) => path),
  }));
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

// Looks at a project, or a part of it: which files, by which settings, and what of it is new.
import { join, normalize } from "node:path";
import { AppError } from "../base/errors.ts";
import { ANALYSIS_FILES_MAX } from "../base/limits.ts";
import type { ChangedLines } from "../project/changed-lines.ts";
import { realOf } from "../project/path-in-project.ts";
import type { AnalyzeJob } from "./analyze-child.ts";
import type { Analyzer } from "./analyzer.ts";
import { readBaseline } from "./baseline.ts";
import type { FileReport } from "./file-report.ts";
import type { Finding } from "./finding.ts";
import type { HistorySecrets } from "./secrets/history-secrets.ts";
import { type AnalysisSettings, PLAIN_SETTINGS } from "./settings.ts";
import type { Syntax } from "./syntax/syntax.ts";

export interface Asked {
  readonly project: string;
  /** A file or folder of it, or else the text of one file. */
  readonly path: string;
  readonly code?: string | undefined;
  readonly language?: Syntax | undefined;
  readonly pattern?: string | undefined;
  /** Of its files, these alone. */
  readonly only?: readonly string[] | undefined;
  /** Only lines that differ from this state of the repository are told of. */
  readonly diff?: string | undefined;
  /** Secrets that ever stood in it, too; with diff, since then. */
  readonly history?: boolean | undefined;
}

export interface Analysis {
  readonly reports: readonly FileReport[];
  /** Of the lines that were asked about, with what is known and what is let be. */
  readonly findings: readonly Told[];
}

/** `new`, unless a baseline has it. */
export type Told = Finding & { readonly status: "new" | "known" | "suppressed" };

/** What stands for all that was ever in a project, where a path is told. */
const HISTORY = "(git history)";
const NOTHING = { functions: [], findings: [] };

export async function analyzeProject(
  analyzer: Analyzer,
  asked: Asked,
  signal: AbortSignal,
  progress: (done: number, total: number, path: string) => void,
): Promise<Analysis> {
  const root = realOf(asked.project) ?? asked.project;
  const { readAnalysisSettings } = await import("./settings-file.ts");
  const settings = asked.code === undefined ? await readAnalysisSettings(root) : PLAIN_SETTINGS;
  const known = asked.code === undefined ? readBaseline(root) : undefined;
  const changed = asked.diff === undefined ? undefined : await analyzer.changedLines(root, asked.diff, signal);
  const jobs = asked.code === undefined ? await jobsIn(root, asked, settings, changed) : [jobOf(asked)];
  const reports = await analyzer.analyze(jobs, signal, {
    settings,
    onReport: ({ path }, done) => progress(done, jobs.length, path),
  });
  const now = reports.flatMap((report) => report.findings).filter((finding) => isChanged(finding, changed));
  const older =
    asked.history && asked.code === undefined
      ? await olderSecrets(analyzer, root, asked, settings, signal, progress)
      : undefined;
  // What still stands there has been told.
  const there = new Set(now.map(({ fingerprint }) => fingerprint));
  const findings = [...now, ...(older?.findings ?? []).filter(({ fingerprint }) => !there.has(fingerprint))].map(
    (finding): Told => ({ ...finding, status: statusOf(finding, known) }),
  );
  const cut: FileReport[] = older?.isCut ? [{ ...NOTHING, path: HISTORY, skipped: "too large" }] : [];
  return { reports: [...reports, ...cut], findings };
}

async function olderSecrets(
  analyzer: Analyzer,
  root: string,
  { path: under, pattern, diff }: Asked,
  { ignore, ...settings }: AnalysisSettings,
  signal: AbortSignal,
  progress: (done: number, total: number, path: string) => void,
): Promise<HistorySecrets> {
  const { historySecrets } = await import("./secrets/history-secrets.ts");
  const isNamed = await namedBy(pattern, ignore);
  const folder = normalize(under).replace(/\/$/, "");
  const isUnder = (path: string) => folder === "." || path === folder || path.startsWith(`${folder}/`);
  const isWanted = (path: string) => isUnder(path) && isNamed(path);
  const batches = analyzer.addedLines(root, diff, signal);
  return await historySecrets(analyzer, batches, { ignore, ...settings }, isWanted, signal, progress);
}

/** What whoever asks has named, without what the project leaves out. */
async function namedBy(pattern: string | undefined, ignore: readonly string[]): Promise<(path: string) => boolean> {
  // Loaded with the first call.
  const { pathPattern } = await import("../project/project-files.ts");
  const isNamed = pattern === undefined ? () => true : pathPattern(pattern);
  const isIgnored = ignore.length === 0 ? () => false : pathPattern(ignore.join(","));
  return (path) => isNamed(path) && !isIgnored(path);
}

function statusOf({ suppressed, fingerprint }: Finding, known: ReadonlySet<string> | undefined): Told["status"] {
  return suppressed ? "suppressed" : known?.has(fingerprint) ? "known" : "new";
}

function isChanged({ path, line, end_line: end, flow = [] }: Finding, changed: ChangedLines | undefined): boolean {
  if (!changed) return true;
  const lines = changed.get(path);
  if (lines === undefined || lines === "all") return lines === "all";
  for (let at = line; at <= end; at++) if (lines.has(at)) return true;
  // A flow is new where one of its steps is.
  return flow.some((step) => lines.has(step.line));
}

function jobOf({ code = "", language = "javascript" }: Asked): AnalyzeJob {
  return { path: "code", text: code, language };
}

async function jobsIn(
  root: string,
  { path: under, pattern, only }: Asked,
  { ignore }: AnalysisSettings,
  changed: ChangedLines | undefined,
): Promise<AnalyzeJob[]> {
  const { projectFiles } = await import("../project/project-files.ts");
  const isNamed = await namedBy(pattern, ignore);
  const among = only && new Set(only);
  const jobs: AnalyzeJob[] = [];
  for (const { path } of projectFiles(root, under)) {
    if (!isNamed(path) || (changed && !changed.has(path)) || among?.has(path) === false) continue;
    jobs.push({ path, file: join(root, path) });
    if (jobs.length > ANALYSIS_FILES_MAX)
      throw new AppError("too_large", `cannot look into more than ${ANALYSIS_FILES_MAX} files at once`, {
        hint: "Name a folder, or a pattern.",
      });
  }
  return jobs;
}

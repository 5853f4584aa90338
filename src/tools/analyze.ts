// What can be said of code by looking at it: what it costs to read, and the secrets that stand in it.
import { join } from "node:path";
import { z } from "zod";
import { type FileReport, FunctionReport } from "../analysis/file-report.ts";
import { CONFIDENCES, Finding, SEVERITIES } from "../analysis/finding.ts";
import { sarifOf } from "../analysis/sarif.ts";
import { SYNTAXES } from "../analysis/syntax/syntax.ts";
import { AppError } from "../base/errors.ts";
import {
  ANALYSIS_FILES_MAX,
  ANALYSIS_FINDINGS_SHOWN_MAX,
  ANALYSIS_HARDEST_SHOWN,
  ANALYSIS_MS,
  CODE_CHARS_MAX,
  PATH_CHARS_MAX,
  SUMMARY_CHARS_MAX,
  TOOL_GRACE_MS,
} from "../base/limits.ts";
import { realOf } from "../project/path-in-project.ts";
import { defineTool } from "./tool.ts";

const Count = z.number().int();

const Options = z.strictObject({
  pattern: z.string().min(1).max(SUMMARY_CHARS_MAX).optional().describe("As .gitignore has them: *.py,!*_test.py"),
  language: z.enum(SYNTAXES).optional().describe("Of code."),
  confidence: z.enum(CONFIDENCES).default("medium").describe("The least that is shown."),
  sarif: z.boolean().default(false).describe("The findings as SARIF 2.1.0 too."),
});

export const codeAnalyze = defineTool({
  name: "code_analyze",
  title: "Analyze code",
  summary: "Looks at code without running it: foreign data, secrets, complexity.",
  effect: "read",
  showsFiles: true,
  toolset: "code",
  input: z.object({
    path: z.string().min(1).max(PATH_CHARS_MAX).optional(),
    code: z.string().min(1).max(CODE_CHARS_MAX).optional().describe("Instead of path."),
    options: Options.default({ confidence: "medium", sarif: false }).describe("pattern, language, confidence, sarif"),
  }),
  output: z.object({
    files: Count,
    languages: z.record(z.string(), Count),
    lines: Count,
    code: Count,
    comment: Count,
    functions: Count,
    maintainability: z.number().optional().describe("0 to 100: the mean, by lines of code."),
    hardest: z.array(FunctionReport.extend({ path: z.string() })).describe("Functions that cost most to read."),
    counts: z.partialRecord(z.enum(SEVERITIES), Count).describe("Findings by severity."),
    findings: z.array(Finding),
    more_findings: Count.optional(),
    skipped: z
      .array(z.object({ why: z.string(), files: Count, paths: z.array(z.string()).describe("The first of them.") }))
      .optional(),
    sarif: z.record(z.string(), z.unknown()).optional(),
  }),
  positional: ["path"],
  timeLimitMs: () => ANALYSIS_MS + TOOL_GRACE_MS,
  run: async (app, { path = ".", code, options }, call) => {
    const jobs =
      code === undefined
        ? await jobsIn(call.workspace, path, options.pattern)
        : [{ path: "code", text: code, language: options.language ?? "javascript" }];
    const reports = await app.analyzer.analyze(jobs, call.signal, ({ path: looked }, done) =>
      call.progress(done, jobs.length, looked),
    );
    return summaryOf(reports, options);
  },
});

async function jobsIn(project: string, under: string, pattern: string | undefined) {
  // Loaded with the first call.
  const { pathPattern, projectFiles } = await import("../project/project-files.ts");
  const isWanted = pattern === undefined ? () => true : pathPattern(pattern);
  const root = realOf(project) ?? project;
  const jobs: { path: string; file: string }[] = [];
  for (const { path } of projectFiles(root, under)) {
    if (!isWanted(path)) continue;
    jobs.push({ path, file: join(root, path) });
    if (jobs.length > ANALYSIS_FILES_MAX)
      throw new AppError("too_large", `cannot look into more than ${ANALYSIS_FILES_MAX} files at once`, {
        hint: "Name a folder, or a pattern.",
      });
  }
  return jobs;
}

function summaryOf(reports: readonly FileReport[], options: z.output<typeof Options>) {
  const isShown = (one: Finding) => CONFIDENCES.indexOf(one.confidence) <= CONFIDENCES.indexOf(options.confidence);
  const findings = reports
    .flatMap((report) => report.findings.filter(isShown))
    .sort((one, other) => SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity));
  const metrics = reports.flatMap((report) => report.metrics ?? []);
  const sum = (pick: (one: (typeof metrics)[number]) => number) => metrics.reduce((all, one) => all + pick(one), 0);
  const code = sum((one) => one.code);
  const hardest = reports
    .flatMap(({ path, functions }) => functions.map((one) => ({ ...one, path })))
    .sort((one, other) => other.cognitive - one.cognitive || other.cyclomatic - one.cyclomatic)
    .slice(0, ANALYSIS_HARDEST_SHOWN);
  const skipped = skippedOf(reports);
  const more = findings.length - ANALYSIS_FINDINGS_SHOWN_MAX;
  return {
    files: reports.length,
    languages: countBy(reports.flatMap(({ language }) => language ?? [])),
    lines: sum((one) => one.lines),
    code,
    comment: sum((one) => one.comment),
    functions: sum((one) => one.functions),
    ...(code === 0 ? {} : { maintainability: Math.round(sum((one) => one.maintainability * one.code) / code) }),
    hardest,
    counts: countBy(findings.map(({ severity }) => severity)),
    findings: findings.slice(0, ANALYSIS_FINDINGS_SHOWN_MAX),
    ...(more > 0 ? { more_findings: more } : {}),
    ...(skipped.length > 0 ? { skipped } : {}),
    ...(options.sarif ? { sarif: sarifOf(findings) } : {}),
  };
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

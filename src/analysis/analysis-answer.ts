// The form of what is said of an analysis. Whoever lists the tools reads it; how it is made is loaded with the first.
import { z } from "zod";
import { FunctionReport } from "./file-report.ts";
import { Finding, SEVERITIES } from "./finding.ts";

const Lost = z.object({
  part: z.string(),
  score: z.number().describe("0 to 100."),
  weight: z.number(),
  lost: z.number().describe("Points of the whole."),
  findings: z.number().int().optional(),
});

export const Score = z.object({
  score: z.number().describe("0 to 100."),
  parts: z.array(Lost),
  causes: z.array(z.object({ rule: z.string(), findings: z.number().int(), lost: z.number() })),
  at_most: z.object({ score: z.number(), because: z.string() }).optional().describe("What is grave bounds the rest."),
});
export type Score = z.infer<typeof Score>;

const Count = z.number().int();
const Place = z.object({ path: z.string(), line: Count, end_line: Count });

export const AnalysisAnswer = z.object({
  scan: z.string().optional().describe("Its id, for scan_show."),
  score: z.number().describe("0 to 100."),
  lost: z.array(z.string()).describe("Where points were lost."),
  files: Count,
  languages: z.record(z.string(), Count),
  lines: Count,
  code: Count,
  comment: Count,
  functions: Count,
  maintainability: z.number().optional().describe("0 to 100: the mean, by lines of code."),
  counts: z.partialRecord(z.enum(SEVERITIES), Count).describe("Findings by severity."),
  found: z.array(z.string()).describe("severity rule: path:line …; the gravest first."),
  known: Count.optional().describe("Left out: the baseline has them."),
  suppressed: Count.optional().describe("Left out: a comment lets them be."),
  hardest: z.array(z.string()).describe("Functions that cost most to read: path:line name cyclomatic/cognitive"),
  duplicated: z.object({ lines: Count, percent: z.number(), largest: z.array(z.string()) }).optional(),
  skipped: z
    .array(z.object({ why: z.string(), files: Count, paths: z.array(z.string()).describe("The first of them.") }))
    .optional(),
  details: z
    .object({
      findings: z.array(Finding.extend({ status: z.enum(["new", "known", "suppressed"]) })),
      more_findings: Count.optional(),
      functions: z.array(FunctionReport.extend({ path: z.string() })),
      score: Score,
      duplicates: z.array(z.object({ lines: Count, places: z.array(Place) })),
    })
    .optional(),
  sarif: z.record(z.string(), z.unknown()).optional(),
});
export type AnalysisAnswer = z.infer<typeof AnalysisAnswer>;

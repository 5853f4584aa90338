import { z } from "zod";
import { Finding } from "./finding.ts";

const Count = z.number().int();
const Reason = z.object({ line: Count, what: z.string(), points: Count });

export const FunctionReport = z.object({
  name: z.string(),
  line: Count,
  end_line: Count,
  cyclomatic: Count.describe("Ways through it."),
  cognitive: Count.describe("What reading it costs."),
  nesting: Count,
  parameters: Count,
  reasons: z
    .object({ cyclomatic: z.array(Reason), cognitive: z.array(Reason) })
    .optional()
    .describe("Where each point comes from."),
});
export type FunctionReport = z.infer<typeof FunctionReport>;

export const Metrics = z.object({
  lines: Count,
  code: Count,
  comment: Count,
  blank: Count,
  functions: Count,
  cyclomatic: Count,
  cognitive: Count,
  volume: z.number().describe("Halstead's."),
  maintainability: z.number().describe("0 to 100, as radon works it out."),
  /** Whose way of counting ways it is. */
  flavour: z.enum(["radon", "eslint", "cadre"]),
});
export type Metrics = z.infer<typeof Metrics>;

/** Why nothing, or not everything, is said of a file. */
const SKIPPED = [
  "binary",
  "unreadable",
  "changing",
  "too large",
  "budget: time",
  "budget: nodes",
  "budget: steps",
  "crashed",
] as const;

/** What was found in one file. */
export const FileReport = z.object({
  path: z.string(),
  language: z.string().optional(),
  skipped: z.enum(SKIPPED).optional(),
  metrics: Metrics.optional(),
  functions: z.array(FunctionReport),
  /** Marks of its tokens: mark, line, last line. */
  prints: z.array(z.tuple([z.number(), Count, Count])).optional(),
  findings: z.array(Finding),
});
export type FileReport = z.infer<typeof FileReport>;

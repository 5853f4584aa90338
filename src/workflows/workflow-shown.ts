// Workflows as they are shown; apart from what they may say, so that the tool table is there soon.
import { z } from "zod";
import { WORD_CHARS_MAX } from "../base/limits.ts";

export const WorkflowProblem = z.object({
  file: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  message: z.string(),
});
export type WorkflowProblem = z.infer<typeof WorkflowProblem>;

export const WorkflowBrief = z.object({
  id: z.string().max(WORD_CHARS_MAX),
  name: z.string(),
  description: z.string(),
  source: z.string().describe('"built-in", or the file that it comes from.'),
  steps: z.number().int(),
  required: z.array(z.string()).describe("Inputs that must have a value."),
  optional: z.array(z.string()),
  trusted: z.literal(false).optional().describe("Of the project, and not to be run before: cadre trust."),
});
export type WorkflowBrief = z.infer<typeof WorkflowBrief>;

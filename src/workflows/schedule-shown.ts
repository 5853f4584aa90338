import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import { WORD_CHARS_MAX } from "../base/limits.ts";

/** A schedule as it is shown. */
export const Schedule = z.object({
  id: idSchema("schedule"),
  workflow: z.string().max(WORD_CHARS_MAX),
  cron: z.string(),
  timezone: z.string(),
  inputs: z.record(z.string(), z.unknown()).optional(),
  next_ms: z.number().int(),
  last_run: z.string().optional(),
  problem: z.string().optional().describe("Why it did not start the last time."),
});
export type Schedule = z.infer<typeof Schedule>;

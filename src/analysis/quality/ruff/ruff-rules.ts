// Which of ruff's rules are asked, and what is said of what they find.

import { parse } from "yaml";
import { z } from "zod";
import { SEVERITIES } from "../../finding.ts";
import text from "./ruff-rules.yaml" with { type: "text" };

const RuffRule = z.strictObject({
  severity: z.enum(SEVERITIES),
  help: z.string(),
  sure: z.boolean().default(true),
  habit: z.boolean().default(false),
  fix: z.boolean().default(false),
});
export type RuffRule = z.infer<typeof RuffRule>;

let rules: ReadonlyMap<string, RuffRule> | undefined;

/** By ruff's codes. */
export function ruffRules(): ReadonlyMap<string, RuffRule> {
  rules ??= new Map(Object.entries(z.record(z.string(), RuffRule).parse(parse(text))));
  return rules;
}

import { CONFIDENCES, type Confidence } from "../analysis/finding.ts";
import { type CommandInput, chosen } from "./command.ts";

/** What of a project is looked at, and what of that is told: as every command about its code takes it. */
export const ANALYSIS_FLAGS = {
  pattern: { kind: "text", help: "As .gitignore has them: *.py,!*_test.py" },
  confidence: { kind: "text", help: "The least that is shown: high, medium (if not given) or low." },
  diff: { kind: "text", help: "Only lines that differ from this commit, branch or tag." },
} as const;

export function lookedAt({ values: { path = "." }, flags }: CommandInput) {
  return { path, pattern: flags["pattern"]?.at(-1), diff: flags["diff"]?.at(-1) };
}

export function leastConfidence(input: CommandInput): Confidence {
  return chosen(input, "confidence", CONFIDENCES) ?? "medium";
}

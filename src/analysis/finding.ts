import { createHash } from "node:crypto";
import { z } from "zod";

export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export const CONFIDENCES = ["high", "medium", "low"] as const;
export type Confidence = (typeof CONFIDENCES)[number];

/** What a finding is about. */
export const AREAS = ["security", "secrets", "reliability", "maintainability"] as const;
export type Area = (typeof AREAS)[number];

/** What stands at a place, and what may stand there instead. */
export const Edit = z.object({
  line: z.number().int(),
  column: z.number().int(),
  end_line: z.number().int(),
  end_column: z.number().int(),
  was: z.string(),
  text: z.string(),
});
export type Edit = z.infer<typeof Edit>;

/** Something in a file that somebody should look at. */
export const Finding = z.object({
  rule: z.string(),
  area: z.enum(AREAS),
  message: z.string(),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES),
  cwe: z.array(z.number().int()),
  owasp: z.string().optional(),
  path: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  end_line: z.number().int(),
  end_column: z.number().int(),
  /** The line that it stands on; nothing of a secret. */
  snippet: z.string(),
  help: z.string(),
  /** From where it comes to where it goes. */
  flow: z.array(z.object({ line: z.number().int(), what: z.string() })).optional(),
  /** That brought it, where it was looked for in the history. */
  commit: z.string().optional(),
  /** After these changes it is gone, and the program does the same. */
  fix: z.array(Edit).optional(),
  /** Somebody has looked at it, and lets it be by a comment. */
  suppressed: z.object({ by: z.string(), reason: z.string().optional() }).optional(),
  /** The same for the same finding, wherever its lines have moved. */
  fingerprint: z.string(),
});
export type Finding = z.infer<typeof Finding>;

/** Whether it is at least as sure as somebody asks for. */
export function isSureEnough({ confidence }: Pick<Finding, "confidence">, least: Confidence): boolean {
  return CONFIDENCES.indexOf(confidence) <= CONFIDENCES.indexOf(least);
}

/** The gravest first, then the surest, then as they stand. */
export function byGravity(one: Finding, other: Finding): number {
  return (
    SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) ||
    CONFIDENCES.indexOf(one.confidence) - CONFIDENCES.indexOf(other.confidence) ||
    (one.path < other.path ? -1 : one.path > other.path ? 1 : one.line - other.line)
  );
}

const FINGERPRINT_CHARS = 16;

/** Of what a finding is, not of where it stands. */
export function fingerprintOf(rule: string, path: string, about: string, nth: number): string {
  const text = [rule, path, about, nth].join("\0");
  return createHash("sha256").update(text).digest("hex").slice(0, FINGERPRINT_CHARS);
}

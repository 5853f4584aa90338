import { z } from "zod";

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const FORM = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;

/** "30s", "1.5h", "250ms" → milliseconds; undefined when it is not a duration. */
export function parseDuration(text: string): number | undefined {
  const match = FORM.exec(text.trim());
  if (!match) return undefined;
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

/** Milliseconds → the shortest words that say them: 90000 → "1.5m". */
export function formatDuration(ms: number): string {
  const unit = (["d", "h", "m", "s"] as const).find((name) => ms >= UNIT_MS[name]) ?? "ms";
  return `${Number((ms / UNIT_MS[unit]).toFixed(1))}${unit}`;
}

/** A duration in an input. A bare number is refused: nobody can see its unit. */
export const Duration = z.string().transform((text, context) => {
  const ms = parseDuration(text);
  if (ms !== undefined) return ms;
  context.addIssue({ code: "custom", message: 'expected a duration with its unit, like "30s" or "5m"' });
  return z.NEVER;
});

import type { LineCounts } from "./count-lines.ts";

/** The maintainability index as radon works it out, from 0 to 100. */
export function maintainability(volume: number, cyclomatic: number, statements: number, lines: LineCounts): number {
  if (volume <= 0 || statements <= 0) return 100;
  const commented = lines.code === 0 ? 0 : (lines.comment / lines.code) * 100;
  const weight = Math.sqrt(2.46 * ((commented * Math.PI) / 180));
  const raw = 171 - 5.2 * Math.log(volume) - 0.23 * cyclomatic - 16.2 * Math.log(statements) + 50 * Math.sin(weight);
  return Math.min(100, Math.max(0, (raw * 100) / 171));
}

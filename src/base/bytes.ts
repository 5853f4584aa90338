import { z } from "zod";

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** "512MiB", "10 MB" → bytes; undefined when it is not a size. A bare number is none: nobody can see its unit. */
function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT])?(i?)B$/i.exec(text.trim());
  if (!match) return undefined;
  const step = match[2] === undefined ? 0 : "KMGT".indexOf(match[2].toUpperCase()) + 1;
  return Math.round(Number(match[1]) * (match[3] === "" ? 1_000 : 1_024) ** step);
}

/** Bytes → the shortest words that say them: 1536 → "1.5KiB". */
export function formatBytes(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** step).toFixed(1))}${UNITS[step]}`;
}

/** A size in an input. A bare number is refused: nobody can see its unit. */
export const Bytes = z.string().transform((text, context) => {
  const bytes = parseBytes(text);
  if (bytes !== undefined) return bytes;
  context.addIssue({ code: "custom", message: 'expected a size with its unit, like "256MiB"' });
  return z.NEVER;
});

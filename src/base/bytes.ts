const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

/** Bytes → the shortest words that say them: 1536 → "1.5KiB". */
export function formatBytes(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** step).toFixed(1))}${UNITS[step]}`;
}

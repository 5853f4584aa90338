import type { ScanBrief } from "./scans.ts";

/** How the score went, or a file's maintainability, as Mermaid draws it: the oldest on the left. */
export function trendChart(scans: readonly ScanBrief[], path?: string): string {
  const rows = scans.toReversed().flatMap((scan) => {
    const value = path === undefined ? scan.score : scan.file?.maintainability;
    return value === undefined
      ? []
      : { at: new Date(scan.created_ms).toISOString().slice(5, 16).replace("T", " "), value };
  });
  const title = path === undefined ? "Score" : `Maintainability of ${path.replaceAll('"', "'")}`;
  return [
    "xychart-beta",
    `  title "${title}"`,
    `  x-axis [${rows.map(({ at }) => `"${at}"`).join(", ")}]`,
    '  y-axis "0 to 100" 0 --> 100',
    `  line [${rows.map(({ value }) => value).join(", ")}]`,
    "",
  ].join("\n");
}

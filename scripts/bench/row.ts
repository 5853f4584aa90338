/** One line of the table. */
export interface Row {
  readonly figure: string;
  readonly unit: string;
  readonly ours: number;
  /** The same on the SDK alone, or what the machine gives: measured in the same run. */
  readonly floor?: { readonly name: string; readonly value: number };
  readonly target?: Target;
  /** What a reader has to know to believe the number. */
  readonly note?: string;
}

export interface Target {
  /** Whether the bound holds for our number itself, or for its ratio to the floor. */
  readonly of: "ours" | "ratio";
  readonly kind: "at most" | "at least";
  readonly bound: number;
}

export interface Judged extends Row {
  readonly ratio?: number;
  readonly verdict: "holds" | "misses" | "";
}

export function judge(row: Row): Judged {
  const ratio = row.floor && row.ours / row.floor.value;
  const judged = { ...row, ...(ratio === undefined ? {} : { ratio }) };
  const value = row.target?.of === "ratio" ? ratio : row.ours;
  if (!row.target || value === undefined) return { ...judged, verdict: "" };
  const { kind, bound } = row.target;
  const holds = kind === "at most" ? value <= bound : value >= bound;
  return { ...judged, verdict: holds ? "holds" : "misses" };
}

const HEAD = ["figure", "ours", "floor or rival", "ratio", "target", "verdict"] as const;

function cells(row: Judged): string[] {
  const { figure, unit, ours, floor, ratio, target, verdict } = row;
  const sign = target?.kind === "at most" ? "≤" : "≥";
  return [
    figure,
    `${shown(ours)} ${unit}`,
    floor ? `${shown(floor.value)} ${unit}, ${floor.name}` : "",
    ratio === undefined ? "" : ratio.toFixed(2),
    target ? `${sign} ${target.bound} ${target.of === "ratio" ? "×" : unit}` : "",
    verdict,
  ];
}

function shown(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString("en-US");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function textTable(rows: readonly Judged[]): string {
  const lines = [[...HEAD], ...rows.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

export function markdownTable(rows: readonly Judged[]): string {
  const line = (parts: readonly string[]) => `| ${parts.join(" | ")} |`;
  return [line(HEAD), line(HEAD.map(() => "---")), ...rows.map((row) => line(cells(row)))].join("\n");
}

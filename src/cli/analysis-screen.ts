// What an analysis has found, file by file, for whoever sits at a terminal.
import type { AnalysisAnswer } from "../analysis/analysis-answer.ts";
import { type Finding, SEVERITIES } from "../analysis/finding.ts";
import type { Fixed } from "../analysis/fix-project.ts";
import { printable } from "../base/text.ts";
import type { Paint } from "./output.ts";

type Severity = Finding["severity"];

const COLOURS: Readonly<Record<Severity, Parameters<Paint>[0]>> = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "blue",
  info: "grey",
};
const SEVERITY_WIDTH = 8;

export function fixedLine({ findings, files }: Fixed, paint: Paint): string {
  const what = `${findings} ${findings === 1 ? "finding" : "findings"} fixed`;
  if (findings === 0) return `${paint("grey", "nothing that can be fixed safely")}\n\n`;
  return `${paint("green", what)} in ${files.map((path) => printable(path)).join(", ")}\n\n`;
}

export function analysisScreen(answer: AnalysisAnswer, paint: Paint): string {
  const lines: string[] = [];
  const findings = answer.details?.findings ?? [];
  for (const [path, its] of Map.groupBy(findings, (one) => one.path)) {
    lines.push(printable(path));
    for (const one of its.toSorted((left, right) => left.line - right.line))
      lines.push(...shownFinding(one, paint), "");
  }
  const more = answer.details?.more_findings;
  if (more) lines.push(`… and ${more} more`, "");
  lines.push(...ending(answer, paint), "");
  return lines.join("\n");
}

type ToldFinding = NonNullable<AnalysisAnswer["details"]>["findings"][number];

function shownFinding(one: ToldFinding, paint: Paint): string[] {
  const unsure = one.confidence === "high" ? "" : paint("grey", ` ${one.confidence} confidence`);
  const status = one.status === "new" ? "" : paint("grey", ` ${one.status}`);
  const place = paint("grey", `${one.line}:${one.column}`.padStart(7));
  const word = paint(COLOURS[one.severity], one.severity.padEnd(SEVERITY_WIDTH));
  const way = one.flow?.map(({ line, what }) => `${line} ${what}`).join(" → ");
  return [
    `${place} ${word} ${one.rule}${unsure}${status}`,
    `        ${printable(one.message)}${one.commit ? paint("grey", ` (brought by ${one.commit})`) : ""}`,
    `        ${paint("grey", printable(one.snippet))}`,
    ...(way === undefined ? [] : [`        ${paint("blue", printable(way))}`]),
    `        ${paint("green", `→ ${printable(one.help)}`)}${one.fix ? paint("grey", " (--fix does it)") : ""}`,
  ];
}

function ending(answer: AnalysisAnswer, paint: Paint): string[] {
  const counts = SEVERITIES.flatMap((severity) => {
    const count = answer.counts[severity];
    return count ? paint(COLOURS[severity], `${count} ${severity}`) : [];
  });
  const { known, suppressed, files, code, skipped = [] } = answer;
  const aside = [...(known ? [`${known} known`] : []), ...(suppressed ? [`${suppressed} let be`] : [])];
  if (files === 0) return [paint("yellow", "there is nothing here to look at")];
  const left = skipped.reduce((sum, one) => sum + one.files, 0);
  return [
    `${counts.length > 0 ? counts.join(", ") : paint("green", "nothing new found")}${aside.length > 0 ? paint("grey", ` (${aside.join(", ")})`) : ""}`,
    `score ${answer.score}${answer.lost.length > 0 ? paint("grey", `  ${answer.lost.join(" · ")}`) : ""}`,
    paint(
      "grey",
      `${files} ${files === 1 ? "file" : "files"}, ${code} lines of code${left > 0 ? `, ${left} skipped (${skipped.map(({ why, files: of }) => `${of} ${why}`).join(", ")})` : ""}`,
    ),
  ];
}

// `cadre code analyze`: what was found, file by file, for whoever sits at a terminal; for CI as JSON or SARIF, with an
// exit code. `cadre code baseline` keeps what there is now, so that only what is new is told from then on.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AnalysisAnswer } from "../analysis/analysis-answer.ts";
import { BASELINE_FILE, baselineText } from "../analysis/baseline.ts";
import { type Finding, SEVERITIES } from "../analysis/finding.ts";
import { AppError } from "../base/errors.ts";
import { ANALYSIS_BASELINE_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import { fromText } from "../tools/from-text.ts";
import type { Call } from "../tools/tool.ts";
import { type CliContext, type Command, type CommandInput, isSet } from "./command.ts";
import { type Paint, painter, render } from "./output.ts";
import { callOf } from "./tool-command.ts";

const text = (help: string) => ({ kind: "text", help }) as const;
const yes = (help: string) => ({ kind: "boolean", help }) as const;

const FORMATS = ["text", "json", "sarif"] as const;
type Severity = Finding["severity"];

const WHAT = {
  pattern: text("As .gitignore has them: *.py,!*_test.py"),
  confidence: text("The least that is shown: high, medium (if not given) or low."),
  diff: text("Only lines that differ from this commit, branch or tag."),
};

export const codeAnalyze: Command = {
  words: ["code", "analyze"],
  summary:
    "Looks at code without running it: foreign data, secrets, complexity. Exits with 1 when something grave is new.",
  positional: ["path?"],
  flags: {
    ...WHAT,
    code: text("Instead of a path, the code itself."),
    language: text("Of that code."),
    all: yes("What the baseline has and comments let be, too."),
    details: yes("With --json: each finding with its way, its help and its id."),
    format: text("text (if not given), json or sarif."),
    "fail-on": text("Exit with 1 from this severity on: critical, high (if not given), medium, low, never."),
  },
  run: async (context, input) => {
    const format = chosen(input, "format", FORMATS) ?? (input.asJson ? "json" : "text");
    const failOn = chosen(input, "fail-on", [...SEVERITIES, "never"]) ?? "high";
    const answer = await analyze(context, input, {
      ...(format === "text" || isSet(input, "details") ? { details: true } : {}),
      ...(format === "sarif" ? { sarif: true } : {}),
    });
    input.exitWith(isGrave(answer, failOn) ? 1 : 0);
    const { runtime } = context;
    if (format === "text") await runtime.writeOut(shown(answer, painter(runtime.host)));
    else await runtime.writeOut(render(format === "sarif" ? (answer.sarif ?? {}) : { ...answer }, true, runtime.host));
    return undefined;
  },
};

export const codeBaseline: Command = {
  words: ["code", "baseline"],
  summary: "Keeps what there is to find now in .cadre/analysis-baseline.json: from then on only what is new is told.",
  positional: ["path?"],
  flags: { pattern: WHAT.pattern },
  run: async (context, input) => {
    const { open, workspace: project, signal, runtime } = context;
    const { analyzeProject } = await import("../analysis/project-analysis.ts");
    const { path = "." } = input.values;
    const progress = runtime.host.isTerminal.err ? bar(context) : () => {};
    const asked = { project, path, pattern: input.flags["pattern"]?.at(-1) };
    const { findings } = await analyzeProject((await open()).analyzer, asked, signal, progress).finally(() =>
      endBar(context),
    );
    const kept = findings.filter(({ status }) => status !== "suppressed");
    if (kept.length > ANALYSIS_BASELINE_MAX)
      throw new AppError("too_large", `there is too much to keep: ${kept.length} findings`, {
        hint: "Name a folder, or turn rules off in .cadre/analysis.yaml.",
      });
    const file = join(project, ...BASELINE_FILE);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, baselineText(kept));
    return {
      baseline: file,
      findings: kept.length,
      next: "Put the file under version control; cadre code analyze tells of what is new.",
    };
  },
};

/** Flags that are inputs of the tool under the same name. */
const INPUTS = ["pattern", "confidence", "diff", "code", "language", "all"] as const;

async function analyze(
  context: CliContext,
  input: CommandInput,
  more: Record<string, unknown>,
): Promise<AnalysisAnswer> {
  const { toolbox, runtime } = context;
  const tool = toolbox.find("code_analyze");
  const texts: Record<string, readonly string[]> = {};
  for (const key of INPUTS) {
    const given = input.flags[key];
    if (given) texts[key] = given;
  }
  const { path } = input.values;
  if (path !== undefined) texts["path"] = [path];
  const { options = {}, ...plain } = fromText(tool, texts);
  const call: Call = {
    ...callOf(context, input.requestId),
    ...(runtime.host.isTerminal.err ? { progress: bar(context) } : {}),
  };
  const asked = { ...plain, options: { ...(options as object), ...more } };
  try {
    return (await toolbox.call(tool, asked, call)) as AnalysisAnswer;
  } finally {
    endBar(context);
  }
}

function endBar({ runtime }: CliContext): void {
  if (runtime.host.isTerminal.err) runtime.host.writeErr("\r\u001b[K");
}

/** One line that is written over itself. */
function bar({ runtime, clock }: CliContext): Call["progress"] {
  let last = Number.NEGATIVE_INFINITY;
  return (done, total = done, path = "") => {
    if (clock.elapsed() - last < BAR_MS && done < total) return;
    last = clock.elapsed();
    const full = Math.round((done / Math.max(1, total)) * BAR_WIDTH);
    const line = `${"━".repeat(full)}${"─".repeat(BAR_WIDTH - full)} ${done}/${total} ${printable(path)}`;
    runtime.host.writeErr(`\r\u001b[K${line.slice(0, Math.max(20, runtime.host.columns - 1))}`);
  };
}

const BAR_MS = 100;
const BAR_WIDTH = 24;

function chosen<const T extends string>(input: CommandInput, flag: string, choices: readonly T[]): T | undefined {
  const given = input.flags[flag]?.at(-1);
  if (given === undefined) return undefined;
  const found = choices.find((one) => one === given);
  if (found !== undefined) return found;
  throw new AppError("invalid_input", `cannot use --${flag} ${printable(given)}`, {
    hint: `There are ${choices.join(", ")}.`,
  });
}

function isGrave({ counts }: AnalysisAnswer, failOn: Severity | "never"): boolean {
  if (failOn === "never") return false;
  return SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1).some((severity) => (counts[severity] ?? 0) > 0);
}

// --- For people -----------------------------------------------------------------------------------------------------

const COLOURS: Readonly<Record<Severity, Parameters<Paint>[0]>> = {
  critical: "red",
  high: "red",
  medium: "yellow",
  low: "blue",
  info: "grey",
};
const SEVERITY_WIDTH = 8;

function shown(answer: AnalysisAnswer, paint: Paint): string {
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
    `        ${printable(one.message)}`,
    `        ${paint("grey", printable(one.snippet))}`,
    ...(way === undefined ? [] : [`        ${paint("blue", printable(way))}`]),
    `        ${paint("green", `→ ${printable(one.help)}`)}`,
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

// `cadre code analyze`: what was found, file by file, for whoever sits at a terminal; for CI as JSON or SARIF, with an
// exit code. `cadre code baseline` keeps what there is now, so that only what is new is told from then on.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { AnalysisAnswer } from "../analysis/analysis-answer.ts";
import { BASELINE_FILE, baselineText } from "../analysis/baseline.ts";
import { type Finding, SEVERITIES } from "../analysis/finding.ts";
import type { Fixed } from "../analysis/fix-project.ts";
import { AppError } from "../base/errors.ts";
import { ANALYSIS_BASELINE_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";
import { fromText } from "../tools/from-text.ts";
import type { Call } from "../tools/tool.ts";
import { ANALYSIS_FLAGS, leastConfidence, lookedAt } from "./analysis-flags.ts";
import { analysisScreen, fixedLine } from "./analysis-screen.ts";
import { watchCode } from "./code-watch.ts";
import { type CliContext, type Command, type CommandInput, chosen, isSet } from "./command.ts";
import { painter, render } from "./output.ts";
import { callOf } from "./tool-command.ts";

const text = (help: string) => ({ kind: "text", help }) as const;
const yes = (help: string) => ({ kind: "boolean", help }) as const;

const FORMATS = ["text", "json", "sarif"] as const;
type Severity = Finding["severity"];

export const codeAnalyze: Command = {
  words: ["code", "analyze"],
  summary:
    "Looks at code without running it: foreign data, secrets, complexity. Exits with 1 when something grave is new.",
  positional: ["path?"],
  flags: {
    ...ANALYSIS_FLAGS,
    history: yes("Secrets that ever stood in the project's git history, too; with --diff, since then."),
    code: text("Instead of a path, the code itself."),
    language: text("Of that code."),
    all: yes("What the baseline has and comments let be, too."),
    fix: yes("Changes what can be changed without changing what the program does, and tells of the rest."),
    watch: yes("Then stays, and looks at each file when it is saved."),
    details: yes("With --json: each finding with its way, its help and its id."),
    format: text("text (if not given), json or sarif."),
    "fail-on": text("Exit with 1 from this severity on: critical, high (if not given), medium, low, never."),
  },
  run: async (context, input) => {
    const format = chosen(input, "format", FORMATS) ?? (input.asJson ? "json" : "text");
    const failOn = chosen(input, "fail-on", [...SEVERITIES, "never"]) ?? "high";
    const fixed = isSet(input, "fix") ? await fix(context, input) : undefined;
    const answer = await analyze(context, input, {
      ...(format === "text" || isSet(input, "details") ? { details: true } : {}),
      ...(format === "sarif" ? { sarif: true } : {}),
    });
    input.exitWith(isGrave(answer, failOn) && !isSet(input, "watch") ? 1 : 0);
    await tell(context, format, answer, fixed);
    if (isSet(input, "watch")) await watchCode(context, input);
    return undefined;
  },
};

async function tell(
  { runtime }: CliContext,
  format: (typeof FORMATS)[number],
  answer: AnalysisAnswer,
  fixed: Fixed | undefined,
): Promise<void> {
  const paint = painter(runtime.host);
  if (format === "text") {
    const before = fixed ? fixedLine(fixed, paint) : "";
    await runtime.writeOut(before + analysisScreen(answer, paint));
    return;
  }
  const told = format === "sarif" ? (answer.sarif ?? {}) : { ...answer, ...(fixed ? { fixed } : {}) };
  await runtime.writeOut(render(told, true, runtime.host));
}

export const codeBaseline: Command = {
  words: ["code", "baseline"],
  summary: "Keeps what there is to find now in .cadre/analysis-baseline.json: from then on only what is new is told.",
  positional: ["path?"],
  flags: { pattern: ANALYSIS_FLAGS.pattern },
  run: async (context, input) => {
    const { open, workspace: project, signal, runtime } = context;
    const { analyzeProject } = await import("../analysis/project-analysis.ts");
    const progress = runtime.host.isTerminal.err ? bar(context) : () => {};
    const asked = { project, ...lookedAt(input) };
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

async function fix(context: CliContext, input: CommandInput): Promise<Fixed> {
  if (input.flags["code"] !== undefined)
    throw new AppError("invalid_input", "cannot fix code that is given: there is no file to change", {
      hint: "Name a file or a folder, or leave --fix out.",
    });
  const { fixProject } = await import("../analysis/fix-project.ts");
  const { open, workspace: project, signal, runtime } = context;
  const asked = { project, ...lookedAt(input) };
  const progress = runtime.host.isTerminal.err ? bar(context) : () => {};
  return await fixProject((await open()).analyzer, asked, leastConfidence(input), signal, progress).finally(() =>
    endBar(context),
  );
}

/** Flags that are inputs of the tool under the same name. */
const INPUTS = ["pattern", "confidence", "diff", "history", "code", "language", "all"] as const;

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

function isGrave({ counts }: AnalysisAnswer, failOn: Severity | "never"): boolean {
  if (failOn === "never") return false;
  return SEVERITIES.slice(0, SEVERITIES.indexOf(failOn) + 1).some((severity) => (counts[severity] ?? 0) > 0);
}

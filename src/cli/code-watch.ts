// `cadre code watch`: what was found in a file, each time that it is saved.
import { CONFIDENCES } from "../analysis/finding.ts";
import { printable } from "../base/text.ts";
import { analysisScreen } from "./analysis-screen.ts";
import { type CliContext, type Command, type CommandInput, chosen } from "./command.ts";
import { painter } from "./output.ts";

export const codeWatch: Command = {
  words: ["code", "watch"],
  summary: "Looks at each file when it is saved and tells what it finds there, until it is interrupted.",
  positional: ["path?"],
  flags: {
    pattern: { kind: "text", help: "As .gitignore has them: *.py,!*_test.py" },
    confidence: { kind: "text", help: "The least that is shown: high, medium (if not given) or low." },
    diff: { kind: "text", help: "Only lines that differ from this commit, branch or tag." },
  },
  run: async (context, input) => {
    await watchCode(context, input);
    return undefined;
  },
};

export async function watchCode(context: CliContext, input: CommandInput): Promise<void> {
  const { runtime, signal, clock, workspace: project } = context;
  const { path = "." } = input.values;
  const confidence = chosen(input, "confidence", CONFIDENCES) ?? "medium";
  const { analyzer } = await context.open();
  const { analyzeProject } = await import("../analysis/project-analysis.ts");
  const { summaryOf } = await import("../analysis/summary.ts");
  const { changedFiles } = await import("../project/changed-files.ts");
  const paint = painter(runtime.host);
  const [pattern, diff] = [input.flags["pattern"]?.at(-1), input.flags["diff"]?.at(-1)];
  if (!input.asJson) runtime.host.writeErr(`${paint("grey", "waiting for a file to be saved; Ctrl-C ends it")}\n`);
  for await (const only of changedFiles(project, path, clock, signal)) {
    const analysis = await analyzeProject(analyzer, { project, path, pattern, diff, only }, signal, () => {}).catch(
      (error: unknown) => {
        // Being interrupted is how it ends.
        if (!signal.aborted) throw error;
      },
    );
    // Other files than code are saved, too.
    if (!analysis?.reports.some(({ language, findings }) => language !== undefined || findings.length > 0)) continue;
    const answer = summaryOf(analysis, { confidence, all: false, details: true, sarif: false });
    const changed = analysis.reports.map((one) => one.path);
    const told = input.asJson
      ? JSON.stringify({ changed, ...answer })
      : `${paint("blue", changed.map((one) => printable(one)).join(", "))}\n${analysisScreen(answer, paint)}`;
    await runtime.writeOut(`${told}\n`);
  }
}

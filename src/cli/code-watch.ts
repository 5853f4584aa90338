// `cadre code watch`: what was found in a file, each time that it is saved.
import { printable } from "../base/text.ts";
import { ANALYSIS_FLAGS, leastConfidence, lookedAt } from "./analysis-flags.ts";
import { analysisScreen } from "./analysis-screen.ts";
import type { CliContext, Command, CommandInput } from "./command.ts";
import { painter } from "./output.ts";

export const codeWatch: Command = {
  words: ["code", "watch"],
  summary: "Looks at each file when it is saved and tells what it finds there, until it is interrupted.",
  positional: ["path?"],
  flags: ANALYSIS_FLAGS,
  run: async (context, input) => {
    await watchCode(context, input);
    return undefined;
  },
};

export async function watchCode(context: CliContext, input: CommandInput): Promise<void> {
  const { runtime, signal, clock, workspace: project } = context;
  const confidence = leastConfidence(input);
  const asked = lookedAt(input);
  const { analyzer } = await context.open();
  const { analyzeProject } = await import("../analysis/project-analysis.ts");
  const { summaryOf } = await import("../analysis/summary.ts");
  const { changedFiles } = await import("../project/changed-files.ts");
  const paint = painter(runtime.host);
  if (!input.asJson) runtime.host.writeErr(`${paint("grey", "waiting for a file to be saved; Ctrl-C ends it")}\n`);
  for await (const only of changedFiles(project, asked.path, clock, signal)) {
    const analysis = await analyzeProject(analyzer, { project, ...asked, only }, signal, () => {}).catch(
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

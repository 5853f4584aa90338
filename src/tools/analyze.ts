// What can be said of code by looking at it: where data goes, what it costs to read, and the secrets that stand in it.
import { z } from "zod";
import { AnalysisAnswer } from "../analysis/analysis-answer.ts";
import { CONFIDENCES } from "../analysis/finding.ts";
import { SYNTAXES } from "../analysis/syntax/syntax.ts";
import { idSchema } from "../base/ids.ts";
import { ANALYSIS_MS, CODE_CHARS_MAX, PATH_CHARS_MAX, SUMMARY_CHARS_MAX, TOOL_GRACE_MS } from "../base/limits.ts";
import { defineTool } from "./tool.ts";

const Options = z.strictObject({
  pattern: z.string().min(1).max(SUMMARY_CHARS_MAX).optional().describe("As .gitignore has them: *.py,!*_test.py"),
  language: z.enum(SYNTAXES).optional().describe("Of code."),
  confidence: z.enum(CONFIDENCES).default("medium").describe("The least that is shown."),
  diff: z.string().min(1).max(SUMMARY_CHARS_MAX).optional().describe("Only lines that differ from this commit."),
  history: z.boolean().default(false).describe("Secrets that ever stood in its git history, too."),
  task: idSchema("task").optional().describe("That it is for."),
  all: z.boolean().default(false).describe("What the baseline has and comments let be, too."),
  details: z.boolean().default(false).describe("Each finding with its way, its help and its id."),
  sarif: z.boolean().default(false).describe("The findings as SARIF 2.1.0 too."),
});

export const codeAnalyze = defineTool({
  name: "code_analyze",
  title: "Analyze code",
  summary: "Finds flaws and secrets in code.",
  effect: "read",
  showsFiles: true,
  toolset: "code",
  input: z.object({
    path: z.string().min(1).max(PATH_CHARS_MAX).optional(),
    code: z.string().min(1).max(CODE_CHARS_MAX).optional().describe("Instead of path."),
    options: Options.default({
      confidence: "medium",
      history: false,
      all: false,
      details: false,
      sarif: false,
    }).describe("pattern, language, confidence, diff, history, task, all, details, sarif"),
  }),
  output: AnalysisAnswer,
  positional: ["path"],
  timeLimitMs: () => ANALYSIS_MS + TOOL_GRACE_MS,
  run: async (app, { path = ".", code, options }, call) => {
    const { pattern, language, diff, history, task, ...wanted } = options;
    const asked = { project: call.workspace, path, code, language, pattern, diff, history };
    const begun = app.scans.now();
    // Loaded with the first call.
    const { analyzeProject } = await import("../analysis/project-analysis.ts");
    const { summaryOf } = await import("../analysis/summary.ts");
    const analysis = await analyzeProject(app.analyzer, asked, call.signal, (done, total, looked) =>
      call.progress(done, total, looked),
    );
    const answer = summaryOf(analysis, wanted);
    // A text that somebody has given is no state of the project.
    if (code !== undefined) return answer;
    const scan = await app.scans.keep({
      ensureWorkspace: () => app.workspaces.ensure(call.workspace),
      task,
      asked: { path, pattern, diff },
      analysis,
      answer,
      took_ms: app.scans.now() - begun,
    });
    return { ...answer, scan };
  },
});

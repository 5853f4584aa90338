// The old names of what looks at code, with the parameters that they took.
import { z } from "zod";
import type { AnalysisAnswer } from "../analysis/analysis-answer.ts";
import { SYNTAXES } from "../analysis/syntax/syntax.ts";
import { CODE_CHARS_MAX, PAGE_ROWS_MAX, PATH_CHARS_MAX, WORD_CHARS_MAX } from "../base/limits.ts";
import { codeAnalyze } from "./analyze.ts";
import { scanList } from "./scan.ts";
import { defineAlias, type Tool } from "./tool.ts";

const Word = z.string().max(WORD_CHARS_MAX);
const given = {
  target_path: z.string().min(1).max(PATH_CHARS_MAX).optional(),
  code: z.string().min(1).max(CODE_CHARS_MAX).optional(),
  language: z.enum(SYNTAXES).optional().describe("Of code; JavaScript if not given."),
  task_id: Word.optional(),
};

type Given = z.infer<z.ZodObject<typeof given>>;

/** Old callers read each finding, and decide themselves what is sure enough. */
function asked({ target_path: path, code, language, task_id: task }: Given, confidence: "medium" | "low") {
  return { path, code, options: { language, task, confidence, details: true } };
}

type Found = NonNullable<AnalysisAnswer["details"]>["findings"];

function findingsOf(answer: Record<string, unknown>): Found {
  return (answer as AnalysisAnswer).details?.findings ?? [];
}

function issueOf({ path, line, column, severity, rule, message, help, snippet, cwe, confidence }: Found[number]) {
  return { file: path, line, column, severity, type: rule, message, suggestion: help, code: snippet, cwe, confidence };
}

const analyzeQuality = defineAlias({
  name: "analyze_code_quality",
  of: codeAnalyze,
  summary: "Looks at code: score and issues.",
  input: z.object({
    ...given,
    analysis_depth: z.enum(["basic", "full"]).default("basic").describe("full: what is hardly sure, too."),
  }),
  translate: ({ analysis_depth: depth, ...more }) => asked(more, depth === "full" ? "low" : "medium"),
  oldFields: (answer) => {
    const found = findingsOf(answer);
    return {
      quality_score: answer["score"],
      issues: found.map(issueOf),
      suggestions: [...new Set(found.map(({ help }) => help))],
    };
  },
});

const SCANS = ["vulnerabilities", "secrets", "injection"] as const;

const scanSecurity = defineAlias({
  name: "scan_security",
  of: codeAnalyze,
  summary: "Looks for weaknesses and secrets in code.",
  input: z.object({
    ...given,
    scan_types: z
      .array(z.enum(SCANS))
      .min(1)
      .max(SCANS.length)
      .default([...SCANS]),
  }),
  translate: ({ scan_types: _types, ...more }) => asked(more, "low"),
  oldFields: (answer, { scan_types: types }) => {
    const wanted = findingsOf(answer).filter((one) => types.some((type) => isOf(one, type)));
    return {
      vulnerabilities: wanted.map(issueOf),
      total_issues: wanted.length,
      risk_level:
        ["critical", "high", "medium", "low"].find((level) => wanted.some(({ severity }) => severity === level)) ??
        "none",
    };
  },
});

function isOf({ area, rule, flow }: Found[number], type: (typeof SCANS)[number]): boolean {
  if (type === "secrets") return area === "secrets";
  if (type === "injection")
    return area === "security" && (flow !== undefined || /injection|scripting|deserialization/.test(rule));
  return area === "security";
}

const TREND_ROWS = 20;

const codeMetrics = defineAlias({
  name: "get_code_metrics",
  of: codeAnalyze,
  summary: "Counts lines and works out complexity.",
  input: z.object({ ...given, include_trends: z.boolean().default(false) }),
  translate: ({ include_trends: _trends, ...more }) => asked(more, "medium"),
  oldFields: (answer) => {
    const { code, comment, lines, functions, maintainability, details } = answer as AnalysisAnswer;
    const hardest = details?.functions.map(({ cyclomatic }) => cyclomatic) ?? [];
    return {
      metrics: {
        loc: lines,
        sloc: code,
        comments: comment,
        functions,
        cyclomatic_complexity: Math.max(0, ...hardest),
        maintainability_index: maintainability,
      },
      complexity: details?.functions,
    };
  },
  more: async (app, { include_trends: isAsked }, call) => {
    if (!isAsked) return {};
    const workspace = await app.workspaces.find(call.workspace);
    const { scans } = workspace
      ? await app.scans.list({ workspace_id: workspace.id }, { limit: TREND_ROWS })
      : { scans: [] };
    return {
      trends: scans.toReversed().map(({ created_ms, score, code, maintainability, counts }) => ({
        at: new Date(created_ms).toISOString(),
        score,
        loc: code,
        maintainability_index: maintainability,
        issues: Object.values(counts).reduce((sum, count) => sum + count, 0),
      })),
    };
  },
});

const RESULT_ROWS = 20;

const analysisResults = defineAlias({
  name: "get_analysis_results",
  of: scanList,
  summary: "Lists what was found before.",
  input: z.object({
    analysis_type: z.enum(["quality", "security", "complexity"]).optional(),
    task_id: Word.optional(),
    limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(RESULT_ROWS),
  }),
  translate: ({ analysis_type: _type, task_id: task, limit }) => ({ task, limit }),
  more: async (app, { analysis_type: type }, _call, answer) => {
    const { scans } = answer as {
      scans: { id: string; created_ms: number; score: number; maintainability?: number }[];
    };
    const results = scans.map(async ({ id, created_ms, score, maintainability }) => {
      const { findings, answer: short } = await app.scans.show(id);
      const wanted = findings.filter(({ area, rule }) => isOfType(area, rule, type));
      return {
        id,
        analysis_type: type ?? "quality",
        created_at: new Date(created_ms).toISOString(),
        quality_score: score,
        maintainability_index: maintainability,
        hardest: short.hardest,
        issues: wanted.map(issueOf),
      };
    });
    return { results: await Promise.all(results) };
  },
});

function isOfType(area: string, rule: string, type: "quality" | "security" | "complexity" | undefined): boolean {
  if (type === "security") return area === "security" || area === "secrets";
  if (type === "complexity") return rule.startsWith("complexity/");
  return type === undefined || area === "reliability" || area === "maintainability";
}

export const analysisAliases: readonly Tool[] = [analyzeQuality, scanSecurity, codeMetrics, analysisResults];

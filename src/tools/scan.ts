// What was found each time that code was looked at.
import { z } from "zod";
import { AnalysisAnswer } from "../analysis/analysis-answer.ts";
import { CONFIDENCES, Finding, isSureEnough, SEVERITIES } from "../analysis/finding.ts";
import { ScanBrief } from "../analysis/scans.ts";
import { idSchema } from "../base/ids.ts";
import {
  ANALYSIS_FINDINGS_SHOWN_MAX,
  PAGE_ROWS_MAX,
  PATH_CHARS_MAX,
  SUMMARY_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { cursor, limit, more, workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

const Count = z.number().int();
const task = idSchema("task").optional();

export const scanList = defineTool({
  name: "scan_list",
  title: "List scans",
  summary: "One page of what code_analyze found in the project, the newest first: scores, counts, and where it goes.",
  effect: "read",
  toolset: "history",
  input: z.object({
    task: task.describe("For this task only."),
    path: z.string().min(1).max(PATH_CHARS_MAX).optional().describe("What became of this file."),
    chart: z.boolean().default(false).describe("As a Mermaid chart too."),
    limit,
    cursor,
    workspace,
  }),
  output: z.object({ scans: z.array(ScanBrief), chart: z.string().optional(), cursor: more }),
  run: async (app, { task: task_id, path, chart, workspace: given, ...page }, call) => {
    const found = task_id === undefined ? await app.workspaces.find(given ?? call.workspace) : undefined;
    if (task_id === undefined && !found) return { scans: [] };
    const answer = await app.scans.list({ task_id, workspace_id: found?.id }, page, path);
    if (!chart) return answer;
    const { trendChart } = await import("../analysis/trend-chart.ts");
    return { ...answer, chart: trendChart(answer.scans, path) };
  },
});

export const scanShow = defineTool({
  name: "scan_show",
  title: "Show a scan",
  summary:
    "What code_analyze found once: by rule, path, severity, area or words; each finding with its way and its help.",
  effect: "read",
  showsFiles: true,
  toolset: "history",
  input: z.object({
    id: idSchema("scan"),
    rule: z.string().max(SUMMARY_CHARS_MAX).optional().describe("As javascript/sql-injection, or sql-injection."),
    path: z.string().max(PATH_CHARS_MAX).optional().describe("A file, or a folder with / at its end."),
    severity: z.enum(SEVERITIES).optional().describe("The least."),
    confidence: z.enum(CONFIDENCES).default("medium").describe("The least."),
    language: z.string().max(WORD_CHARS_MAX).optional(),
    text: z.string().max(SUMMARY_CHARS_MAX).optional().describe("In the message or the line."),
    limit: z.number().int().min(1).max(PAGE_ROWS_MAX).default(ANALYSIS_FINDINGS_SHOWN_MAX),
  }),
  output: z.object({
    scan: ScanBrief,
    answer: AnalysisAnswer,
    findings: z.array(Finding.extend({ status: z.enum(["new", "known", "suppressed"]) })),
    more_findings: Count.optional(),
  }),
  positional: ["id"],
  run: async (app, { id, limit: shown, rule, path, severity, confidence, language, text }) => {
    const { brief, answer, findings } = await app.scans.show(id);
    const words = text?.toLowerCase();
    const found = findings.filter(
      (one) =>
        (rule === undefined || one.rule === rule || one.rule.endsWith(`/${rule}`)) &&
        (path === undefined || one.path === path || (path.endsWith("/") && one.path.startsWith(path))) &&
        (severity === undefined || SEVERITIES.indexOf(one.severity) <= SEVERITIES.indexOf(severity)) &&
        isSureEnough(one, confidence) &&
        (language === undefined || one.rule.startsWith(`${language}/`)) &&
        (words === undefined || `${one.message}\n${one.snippet}`.toLowerCase().includes(words)),
    );
    const left = found.length - shown;
    return { scan: brief, answer, findings: found.slice(0, shown), ...(left > 0 ? { more_findings: left } : {}) };
  },
});

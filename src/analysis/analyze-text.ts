// What can be said of one file by its text alone.
import { ANALYSIS_FILE_MS, ANALYSIS_FILE_NODES_MAX, ANALYSIS_FUNCTIONS_SHOWN_MAX } from "../base/limits.ts";
import { tokenPrints } from "./duplication/token-prints.ts";
import type { FileReport, FunctionReport, Metrics } from "./file-report.ts";
import type { Finding } from "./finding.ts";
import { countLines } from "./metrics/count-lines.ts";
import { halsteadOf } from "./metrics/halstead.ts";
import { maintainability } from "./metrics/maintainability.ts";
import { type FunctionMetrics, measureFunctions } from "./metrics/measure-functions.ts";
import { shapeOf } from "./metrics/shape.ts";
import { ownFindings } from "./own-rules.ts";
import { findQuality } from "./quality/find-quality.ts";
import type { Reads } from "./quality/sql/find-sql.ts";
import { findSecrets } from "./secrets/find-secrets.ts";
import { hideSecrets } from "./secrets/hide-secrets.ts";
import { secretFindings } from "./secrets/secret-findings.ts";
import { findFlows } from "./security/find-flows.ts";
import { type AnalysisSettings, bySettings, PLAIN_SETTINGS } from "./settings.ts";
import { suppressed } from "./suppressions.ts";
import { parseText } from "./syntax/parser.ts";
import { type Syntax, syntaxOf } from "./syntax/syntax.ts";
import type { SyntaxTree } from "./syntax/syntax-tree.ts";

interface Clocked {
  elapsed(): number;
}

interface Around {
  readonly clock: Clocked;
  readonly settings?: AnalysisSettings;
  readonly language?: Syntax | undefined;
  readonly only?: "secrets" | undefined;
  /** Whether SQLite reads a statement; where nobody can ask it, it does. */
  readonly sqliteReads?: Reads;
}

export async function analyzeText(
  path: string,
  text: string,
  { clock, settings = PLAIN_SETTINGS, only, sqliteReads = () => true, language = syntaxOf(path, text) }: Around,
): Promise<FileReport> {
  const found = await findSecrets(path, text);
  const secrets = secretFindings(path, text, found);
  const report = await (only === "secrets"
    ? { path, functions: [], findings: [] }
    : language === undefined
      ? withoutTree(path, text, sqliteReads)
      : withTree(path, text, language, clock));
  const own = only ? [] : ownFindings(path, text, settings.own);
  const told = hideSecrets(text, found, [...secrets, ...report.findings, ...own]);
  const kept = told.flatMap((finding) => bySettings(settings, finding) ?? []);
  return { ...report, findings: [...suppressed(path, text, kept)] };
}

/** A file in a language that is only looked through for secrets, and SQL. */
async function withoutTree(path: string, text: string, sqliteReads: Reads): Promise<FileReport> {
  if (!/\.sql$/i.test(path)) return { path, functions: [], findings: [] };
  // Loaded with the first file of SQL.
  const { findSql } = await import("./quality/sql/find-sql.ts");
  return { path, language: "sql", functions: [], findings: [...(await findSql(path, text, sqliteReads))] };
}

async function withTree(path: string, text: string, language: Syntax, clock: Clocked): Promise<FileReport> {
  const until = clock.elapsed() + ANALYSIS_FILE_MS;
  const budget = { nodes: ANALYSIS_FILE_NODES_MAX, isOver: () => clock.elapsed() > until };
  const tree = await parseText(text, language, budget);
  if (typeof tree === "string") return { path, language, skipped: `budget: ${tree}`, functions: [], findings: [] };
  const flows = await findFlows(path, tree, language);
  const { functions, cyclomatic } = measureFunctions(tree, language);
  const ruff = language === "python" ? await ruffIn(path, tree) : [];
  const cognitive = functions.reduce((sum, one) => sum + one.cognitive, 0);
  return {
    path,
    language,
    metrics: metricsOf(tree, language, { functions: functions.length, cyclomatic, cognitive }),
    functions: hardest(functions).map(reportOf),
    prints: tokenPrints(tree).map(([...print]) => print),
    findings: [...flows.findings, ...findQuality(path, tree, language, functions), ...ruff],
    ...(flows.isCut ? { skipped: "budget: steps" as const } : {}),
  };
}

/** Loaded with the first file of Python. */
async function ruffIn(path: string, tree: SyntaxTree): Promise<readonly Finding[]> {
  const { ruffFindings } = await import("./quality/ruff/ruff.ts");
  return ruffFindings(path, tree);
}

function metricsOf(
  tree: SyntaxTree,
  language: Syntax,
  counted: Pick<Metrics, "functions" | "cyclomatic" | "cognitive">,
): Metrics {
  const lines = countLines(tree, language);
  const { volume } = halsteadOf(tree);
  return {
    ...lines,
    ...counted,
    volume: Math.round(volume),
    maintainability: Math.round(maintainability(volume, counted.cyclomatic, lines.code, lines) * 10) / 10,
    flavour: shapeOf(language).flavour,
  };
}

/** Those that cost most to read, in the order in which they stand. */
function hardest(functions: readonly FunctionMetrics[]): FunctionMetrics[] {
  return functions
    .toSorted((one, other) => other.cognitive - one.cognitive || other.cyclomatic - one.cyclomatic)
    .slice(0, ANALYSIS_FUNCTIONS_SHOWN_MAX)
    .sort((one, other) => one.line - other.line);
}

/** Whoever has to make one simpler wants to know where to begin. */
const EXPLAINED_FROM = 10;

function reportOf({ start: _start, end: _end, reasons, ...more }: FunctionMetrics): FunctionReport {
  if (Math.max(more.cyclomatic, more.cognitive) < EXPLAINED_FROM) return more;
  return { ...more, reasons: { cyclomatic: [...reasons.cyclomatic], cognitive: [...reasons.cognitive] } };
}

// What is nearly never meant so, and what costs whoever reads it: by looking at nodes, one after the other, once.
import { FileFindings } from "../file-findings.ts";
import type { Finding } from "../finding.ts";
import type { FunctionMetrics } from "../metrics/measure-functions.ts";
import type { Syntax } from "../syntax/syntax.ts";
import type { Grammar, Node, SyntaxTree } from "../syntax/syntax-tree.ts";
import { BASH_RULES } from "./bash-rules.ts";
import { remarksOn } from "./complexity.ts";
import { areaOf, type QualityRule } from "./quality-rule.ts";
import { SCRIPT_HABITS } from "./script-habits.ts";
import { SCRIPT_MISTAKES } from "./script-mistakes.ts";

const SCRIPT: readonly QualityRule[] = [
  ...SCRIPT_MISTAKES,
  ...SCRIPT_HABITS.map((rule) => ({ ...rule, area: "maintainability" as const })),
];
const RULES: Readonly<Record<Syntax, readonly QualityRule[]>> = {
  python: [],
  javascript: SCRIPT,
  typescript: SCRIPT,
  tsx: SCRIPT,
  bash: BASH_RULES,
};
/** More of one rule in one file nobody reads. */
const FOUND_MAX = 50;

export function findQuality(
  path: string,
  tree: SyntaxTree,
  syntax: Syntax,
  functions: readonly FunctionMetrics[],
): readonly Finding[] {
  const findings = new FileFindings(path, tree.text, tree.lines);
  const family = syntax === "typescript" || syntax === "tsx" ? "javascript" : syntax;
  const counts = new Map<string, number>();
  const add = ({ id, area, severity, confidence, message, help, cwe, fix }: QualityRule, node: Node) => {
    const count = counts.get(id) ?? 0;
    counts.set(id, count + 1);
    if (count >= FOUND_MAX) return;
    const optional = { ...(confidence ? { confidence } : {}), ...(cwe ? { cwe } : {}) };
    const place = { start: tree.start(node), end: tree.end(node) };
    findings.add({
      rule: `${family}/${id}`,
      area: area ?? areaOf(cwe),
      severity,
      message,
      help,
      ...optional,
      ...place,
      fix: fix?.(tree, node),
    });
  };
  const byKind = rulesByKind(RULES[syntax], tree.grammar);
  for (let node = 0; node < tree.count; node++)
    for (const rule of byKind.get(tree.kindId(node)) ?? []) {
      for (const found of [rule.find(tree, node) ?? []].flat()) add(rule, found);
    }
  for (const one of functions)
    for (const remark of remarksOn(one))
      findings.add({ ...remark, area: "maintainability", start: one.start, end: one.end, about: one.name });
  return findings.all;
}

const rulesOfGrammar = new WeakMap<Grammar, ReadonlyMap<number, readonly QualityRule[]>>();

/** Of most kinds there is no rule, and every node passes here. */
function rulesByKind(rules: readonly QualityRule[], grammar: Grammar): ReadonlyMap<number, readonly QualityRule[]> {
  const known = rulesOfGrammar.get(grammar);
  if (known) return known;
  const byKind = new Map<number, QualityRule[]>();
  for (const [id, name] of grammar.kinds.entries()) {
    const wanted = rules.filter(({ kinds }) => kinds.includes(name));
    if (wanted.length > 0) byKind.set(id, wanted);
  }
  rulesOfGrammar.set(grammar, byKind);
  return byKind;
}

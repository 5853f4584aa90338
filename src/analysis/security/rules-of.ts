// The rules of each language, read with the first file of it, with what a project adds.
import type { AnalysisSettings } from "../settings.ts";
import pythonRules from "./python/python-rules.yaml" with { type: "text" };
import { extended, type Rules, rulesIn } from "./rules.ts";
import scriptRules from "./script/script-rules.yaml" with { type: "text" };

const TEXTS = { python: pythonRules, javascript: scriptRules } as const;
export type FlowLanguage = keyof typeof TEXTS;

const known = new Map<FlowLanguage, Rules>();

export function rulesOf(language: FlowLanguage): Rules {
  const rules = known.get(language) ?? rulesIn(TEXTS[language]);
  known.set(language, rules);
  return rules;
}

/** Adds what a project says; there is one project in a process that analyzes. */
export function extendRules(flows: AnalysisSettings["flows"]): void {
  for (const [language, more] of Object.entries(flows)) extended(rulesOf(language as FlowLanguage), more);
}

export function weaknessesOf(language: string): readonly string[] {
  return language in TEXTS ? [...rulesOf(language as FlowLanguage).weaknesses.keys()] : [];
}

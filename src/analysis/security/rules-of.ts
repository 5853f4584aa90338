// The rules of each language, read with the first file of it, with what a project adds.
import { ownYaml } from "../../runtime/own-yaml.ts";
import type { AnalysisSettings } from "../settings.ts";
import pythonRules from "./python/python-rules.yaml" with { type: "text" };
import { extended, type Rules, rulesIn } from "./rules.ts";
import scriptRules from "./script/script-rules.yaml" with { type: "text" };

const TEXTS = { python: pythonRules, javascript: scriptRules } as const;
export type FlowLanguage = keyof typeof TEXTS;

const known = new Map<FlowLanguage, Promise<Rules>>();

export function rulesOf(language: FlowLanguage): Promise<Rules> {
  const rules = known.get(language) ?? ownYaml(TEXTS[language]).then(rulesIn);
  known.set(language, rules);
  return rules;
}

/** Adds what a project says; there is one project in a process that analyzes. */
export async function extendRules(flows: AnalysisSettings["flows"]): Promise<void> {
  for (const [language, more] of Object.entries(flows)) extended(await rulesOf(language as FlowLanguage), more);
}

export async function weaknessesOf(language: string): Promise<readonly string[]> {
  return language in TEXTS ? [...(await rulesOf(language as FlowLanguage)).weaknesses.keys()] : [];
}

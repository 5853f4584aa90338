// Rules of a project's own: what fits a pattern is found.
import ignore from "ignore";
import { FileFindings } from "./file-findings.ts";
import type { Finding } from "./finding.ts";
import type { OwnRule } from "./settings.ts";

/** More of one rule in one file nobody reads. */
const FOUND_MAX = 50;

export function ownFindings(path: string, text: string, rules: readonly OwnRule[]): readonly Finding[] {
  if (rules.length === 0) return [];
  const findings = new FileFindings(path, text);
  for (const { id, pattern, paths, message, help, severity } of rules) {
    if (paths && !ignore().add(paths).ignores(path)) continue;
    let found = 0;
    for (const match of text.matchAll(new RegExp(pattern, "gm"))) {
      if (match[0] === "" || ++found > FOUND_MAX) break;
      const place = { start: match.index, end: match.index + match[0].length };
      findings.add({ rule: `own/${id}`, area: "reliability", message, help, severity, ...place });
    }
  }
  return findings.all;
}

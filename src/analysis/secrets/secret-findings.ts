import { FileFindings } from "../file-findings.ts";
import type { Finding } from "../finding.ts";
import type { FoundSecret } from "./find-secrets.ts";

const HELP =
  "Take it out of the source: read it from the environment or a store of secrets, and have the one that stood here replaced; whoever has the history has it.";
/** Hard-coded credentials. */
const CWE = 798;

export function secretFindings(path: string, text: string, found: readonly FoundSecret[]): readonly Finding[] {
  const findings = new FileFindings(path, text);
  for (const { kind, name, start, end, confidence } of found)
    findings.add({
      rule: `secrets/${kind}`,
      area: "secrets",
      message: `${name} stands in the source`,
      severity: confidence === "high" ? "critical" : confidence === "medium" ? "high" : "low",
      confidence,
      cwe: [CWE],
      help: HELP,
      start,
      end,
      about: text.slice(start, end),
    });
  return findings.all;
}

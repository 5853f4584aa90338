import { FileFindings } from "../file-findings.ts";
import type { Finding } from "../finding.ts";
import { findSecrets } from "./find-secrets.ts";

const HELP =
  "Take it out of the source: read it from the environment or a store of secrets, and have the one that stood here replaced; whoever has the history has it.";
const SHOWN_CHARS = 4;
/** Hard-coded credentials. */
const CWE = 798;

/** Nothing of a secret but its beginning is told. */
export async function secretFindings(path: string, text: string): Promise<readonly Finding[]> {
  const findings = new FileFindings(path, text);
  for (const { kind, name, start, end, confidence } of await findSecrets(path, text))
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
      snippet: hidden(text, start, end),
    });
  return findings.all;
}

/** Its line, with little of it. */
function hidden(text: string, start: number, end: number): string {
  const begin = text.lastIndexOf("\n", start - 1) + 1;
  const newline = text.indexOf("\n", end);
  const shown = `${text.slice(begin, start + SHOWN_CHARS)}…${text.slice(end, newline < 0 ? undefined : newline)}`;
  return shown;
}

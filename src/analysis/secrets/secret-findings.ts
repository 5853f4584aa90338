import { type Finding, fingerprintOf } from "../finding.ts";
import { lineStarts, placeIn } from "../syntax/lines.ts";
import { findSecrets } from "./find-secrets.ts";

const HELP =
  "Take it out of the source: read it from the environment or a store of secrets, and have the one that stood here replaced; whoever has the history has it.";
const SHOWN_CHARS = 4;
const SNIPPET_CHARS_MAX = 200;
/** Hard-coded credentials. */
const CWE = 798;

/** Nothing of a secret but its beginning is told. */
export function secretFindings(path: string, text: string): Finding[] {
  const found = findSecrets(path, text);
  if (found.length === 0) return [];
  const starts = lineStarts(text);
  const seen = new Map<string, number>();
  return found.map(({ kind, name, start, end, confidence }) => {
    const secret = text.slice(start, end);
    const from = placeIn(starts, start);
    const to = placeIn(starts, end);
    const nth = seen.get(secret) ?? 0;
    seen.set(secret, nth + 1);
    return {
      rule: `secrets/${kind}`,
      message: `${name} stands in the source`,
      severity: confidence === "high" ? "critical" : confidence === "medium" ? "high" : "low",
      confidence,
      cwe: [CWE],
      path,
      line: from.line,
      column: from.column,
      end_line: to.line,
      end_column: to.column,
      snippet: hidden(text, start, end),
      help: HELP,
      fingerprint: fingerprintOf(kind, path, secret, nth),
    };
  });
}

/** Its line, with little of it. */
function hidden(text: string, start: number, end: number): string {
  const begin = text.lastIndexOf("\n", start - 1) + 1;
  const newline = text.indexOf("\n", end);
  const shown = `${text.slice(begin, start + SHOWN_CHARS)}…${text.slice(end, newline < 0 ? undefined : newline)}`;
  return shown.trim().slice(0, SNIPPET_CHARS_MAX).toWellFormed();
}

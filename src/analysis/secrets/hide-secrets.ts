import type { Finding } from "../finding.ts";
import { lineStarts } from "../syntax/lines.ts";
import type { FoundSecret } from "./find-secrets.ts";

const SHOWN_CHARS = 4;
const SNIPPET_CHARS_MAX = 200;
/** A line of a key is one; what is shorter stands in many a text. */
const LINE_CHARS_MIN = 8;

/** Nothing of a secret but its beginning is told, whatever else is found on its line. */
export function hideSecrets(text: string, secrets: readonly FoundSecret[], findings: readonly Finding[]): Finding[] {
  if (secrets.length === 0) return [...findings];
  const starts = lineStarts(text);
  const said = secrets
    .flatMap(({ start, end }) => text.slice(start, end).split("\n"))
    .filter((line) => line.length >= LINE_CHARS_MIN);
  return findings.map((finding) => {
    const [begin = 0, end = text.length] = [starts[finding.line - 1], starts[finding.line]];
    const here = secrets.filter((one) => one.start < end && one.end > begin);
    const hasSaid = (words: string) => said.some((secret) => words.includes(secret));
    const { fix, ...more } = finding;
    return {
      ...more,
      message: said.reduce((message, secret) => message.replaceAll(secret, shown(secret)), finding.message),
      ...(here.length === 0 ? {} : { snippet: hidden(text, begin, end, here) }),
      // Whoever makes a change says what stood there.
      ...(fix && !fix.some((edit) => hasSaid(edit.was) || hasSaid(edit.text)) ? { fix } : {}),
    };
  });
}

function hidden(text: string, begin: number, end: number, secrets: readonly FoundSecret[]): string {
  let line = "";
  let at = begin;
  for (const secret of secrets) {
    line += text.slice(at, Math.max(at, secret.start)) + shown(text.slice(Math.max(begin, secret.start), secret.end));
    at = Math.max(at, secret.end);
  }
  return (line + text.slice(at, end)).trim().slice(0, SNIPPET_CHARS_MAX).toWellFormed();
}

function shown(secret: string): string {
  return `${secret.slice(0, SHOWN_CHARS)}…`;
}

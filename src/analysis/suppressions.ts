// Findings that somebody has looked at and lets be, by a comment on their line or on the one before.
import { FileFindings } from "./file-findings.ts";
import type { Finding } from "./finding.ts";

interface Suppression {
  /** The line that it is about; none for the whole file. */
  readonly line: number | undefined;
  readonly at: number;
  readonly by: string;
  /** Rules, or all. */
  readonly rules: readonly string[];
  readonly reason: string | undefined;
  isUsed: boolean;
}

/** `cadre-ignore`, `cadre-ignore sql-injection, weak-hash: reason`, `cadre-ignore-file …`. */
const OURS =
  /(?:#|\/\/|\/\*|--|<!--)\s*cadre-ignore(-file)?\b[ \t]*([\w/*, -]*?)[ \t]*(?:(?::|--)[ \t]*([^\n*]*?))?[ \t]*(?:\*\/|-->)?[ \t]*$/gm;
/** What other tools read: bandit, ruff and flake8, ESLint. */
const NOSEC = /#\s*nosec\b/g;
const NOQA = /#\s*noqa\b(?::[ \t]*([A-Z0-9, ]+))?/g;
const ESLINT =
  /(?:\/\/|\/\*)\s*eslint-disable(-next-line|-line)\b[ \t]*([\w@/, -]*?)(?:[ \t]+--[^\n]*)?[ \t]*(?:\*\/)?[ \t]*$/gm;
const ESLINT_SECURITY = /security|no-eval|implied-eval|no-new-func|unsanitized|no-danger|no-script-url/;
/** In other files it is a word of a text, or of another tool. */
const PYTHON_PATH = /\.pyi?$/i;
/** Nothing else is looked for in a text without one of these. */
const WORDS = /cadre-ignore|nosec|noqa|eslint-disable/;

/** Marks what is let be, and tells of comments of ours that let nothing be. */
export function suppressed(path: string, text: string, findings: readonly Finding[]): readonly Finding[] {
  if (!WORDS.test(text)) return findings;
  const all = suppressionsIn(text);
  const marked = findings.map((finding) => {
    const by = all.find((one) => isAbout(one, finding));
    if (!by) return finding;
    by.isUsed = true;
    return { ...finding, suppressed: { by: by.by, ...(by.reason ? { reason: by.reason } : {}) } };
  });
  const unused = new FileFindings(path, text);
  for (const { by, at, isUsed } of all) {
    const isTold = by === "cadre-ignore" || (by === "nosec" && PYTHON_PATH.test(path));
    if (isUsed || !isTold) continue;
    unused.add({
      rule: "cadre/unused-suppression",
      area: "maintainability",
      message: `Nothing is found here that ${by} would let be.`,
      severity: "info",
      help: "Take the comment out.",
      start: at,
      end: at + by.length,
    });
  }
  return [...marked, ...unused.all];
}

function isAbout({ line, rules }: Suppression, finding: Finding): boolean {
  const isThere = line === undefined || (line >= finding.line && line <= Math.max(finding.line, finding.end_line));
  if (!isThere || finding.suppressed) return false;
  return (
    rules.length === 0 ||
    rules.some(
      (rule) =>
        finding.rule === rule ||
        finding.rule.endsWith(`/${rule}`) ||
        (rule.endsWith("/*") && finding.rule.startsWith(rule.slice(0, -1))),
    )
  );
}

function suppressionsIn(text: string): Suppression[] {
  const found: Suppression[] = [];
  const add = (
    match: RegExpExecArray,
    by: string,
    rules: readonly string[],
    about: "line" | "next" | "file" | "own",
    reason?: string,
  ) => {
    const own = lineOf(text, match.index);
    const isAlone = text.slice(text.lastIndexOf("\n", match.index - 1) + 1, match.index).trim() === "";
    const line = about === "file" ? undefined : about === "next" || (about === "own" && isAlone) ? own + 1 : own;
    found.push({ line, at: match.index + match[0].indexOf(by), by, rules, reason: reason || undefined, isUsed: false });
  };
  for (const match of text.matchAll(OURS))
    add(match, "cadre-ignore", listed(match[2]), match[1] ? "file" : "own", match[3]);
  for (const match of text.matchAll(NOSEC)) add(match, "nosec", [], "line");
  for (const match of text.matchAll(NOQA)) {
    // Codes of a style are about a style.
    if (match[1] === undefined || /\bS\d/.test(match[1])) add(match, "noqa", [], "line");
  }
  for (const match of text.matchAll(ESLINT)) {
    const rules = listed(match[2]);
    if (rules.length === 0 || rules.some((rule) => ESLINT_SECURITY.test(rule)))
      add(match, "eslint-disable", [], match[1] === "-next-line" ? "next" : "line");
  }
  return found;
}

function listed(text: string | undefined): string[] {
  return (text ?? "").split(/[\s,]+/).filter((one) => one !== "");
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf("\n"); at >= 0 && at < offset; at = text.indexOf("\n", at + 1)) line++;
  return line;
}

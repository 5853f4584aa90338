// What is wrong with the statements of a file of SQL: by their trees, where PostgreSQL reads them, else by their words.
import { FileFindings } from "../../file-findings.ts";
import type { Finding } from "../../finding.ts";
import { areaOf } from "../quality-rule.ts";
import { parsePostgres } from "./postgres-parser.ts";
import { SQL_RULES, type SqlStatement, sqlStatements } from "./sql-rules.ts";
import { rulesOfTree, TREE_RULES } from "./tree-rules.ts";

/** Other databases, templates and clients have words of their own; nobody here can tell what they read. */
const OTHERS =
  /`|^[ \t]*GO[ \t\r]*$|^[ \t]*\\\w|\bDELIMITER\b|\bENGINE\s*=|\bAUTO_INCREMENT\b|\bIDENTITY\s*\(|\bN?VARCHAR2?\s*\(\s*MAX|\bVARCHAR2\b|\bNVARCHAR\b|\bFROM\s+stdin\b|\{\{|\{%|\{[a-z_]\w*\}|<%|@@?\w|#\w|\[\w+\]\s*[.(,]|^[ \t]*(?:EXEC|USE|REM|PROMPT|SPOOL|SET\s+(?:ANSI|QUOTED|NOCOUNT))\b|(?<![\w:]):[a-z_]\w*|\$\w+\b(?!\$)|%\(?\w*\)?s|\?/im;
/** More of a file that other programs have written nobody reads. */
const PARSED_MAX = 2_000;
const PARSED_CHARS_MAX = 200_000;
/** A statement that two databases refuse is enough to tell that the file is broken. */
const BROKEN_MAX = 3;

/** SQLite does some of it while it reads. */
const DONE_AT_ONCE = /\b(?:pragma|attach)\b/i;

/** Whether a database reads a statement, whatever it is about. */
export type Reads = (statement: string) => boolean;

export async function findSql(path: string, text: string, sqliteReads: Reads): Promise<readonly Finding[]> {
  const findings = new FileFindings(path, text);
  const isOther = OTHERS.test(text);
  let broken = 0;
  for (const [at, statement] of sqlStatements(text).entries()) {
    const said = await parsed(text, statement, at);
    tell(findings, statement, said && "tree" in said ? rulesOfTree(said.tree) : undefined);
    if (!said || "tree" in said || isOther || broken >= BROKEN_MAX) continue;
    const { start, end, plain } = statement;
    if (DONE_AT_ONCE.test(plain) || sqliteReads(text.slice(start, end))) continue;
    broken++;
    findings.add({ ...BROKEN, message: `No database reads it: ${said.problem}`, start: start + said.at, end });
  }
  return findings.all;
}

const BROKEN = {
  rule: "sql/not-read",
  area: "reliability",
  severity: "high",
  confidence: "medium",
  help: "Mend the statement; PostgreSQL and SQLite both refuse it.",
} as const;

async function parsed(text: string, { start, end }: SqlStatement, at: number) {
  if (at >= PARSED_MAX || end - start > PARSED_CHARS_MAX) return undefined;
  return parsePostgres(text.slice(start, end));
}

function tell(
  findings: FileFindings,
  { start, end, plain }: SqlStatement,
  byTree: ReadonlySet<string> | undefined,
): void {
  for (const { id, is, ...rule } of SQL_RULES) {
    const isFound = byTree && TREE_RULES.some((one) => one === id) ? byTree.has(id) : is(plain);
    if (isFound) findings.add({ ...rule, rule: `sql/${id}`, area: areaOf(rule.cwe), start, end });
  }
}

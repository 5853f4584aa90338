// What in SQL changes more than was meant, keeps others waiting, or asks for more than is used.
import type { Finding } from "../../finding.ts";

interface SqlRule {
  readonly id: string;
  readonly severity: Finding["severity"];
  readonly confidence?: Finding["confidence"];
  readonly message: string;
  readonly help: string;
  readonly cwe?: readonly number[];
  readonly is: (statement: string) => boolean;
}

/** A statement, without its texts and comments. */
export interface SqlStatement {
  readonly start: number;
  readonly end: number;
  readonly plain: string;
}

export const SQL_RULES: readonly SqlRule[] = [
  {
    id: "changes-every-row",
    severity: "high",
    message: "Without WHERE every row is changed.",
    help: "Say which rows; where all are meant, WHERE true says so.",
    is: (text) => /^update\s+(?!.*\bwhere\b)[\s\S]*\bset\b/i.test(text) && !/\bwhere\b/i.test(text),
  },
  {
    id: "deletes-every-row",
    severity: "high",
    message: "Without WHERE every row is deleted.",
    help: "Say which rows; where all are meant, TRUNCATE says so.",
    is: (text) => /^delete\s+from\b/i.test(text) && !/\bwhere\b/i.test(text),
  },
  {
    id: "every-column",
    severity: "info",
    message: "What columns come depends on what the table has by then.",
    help: "Name the columns that are used.",
    is: (text) =>
      /\bselect\s+(?:distinct\s+)?(?:\w+\.)?\*\s*(?:,|from\b)/i.test(text) &&
      !/\bexists\s*\(\s*select\s+\*/i.test(text),
  },
  {
    id: "all-rights",
    severity: "medium",
    message: "Whoever has it may do everything.",
    help: "Grant what is needed.",
    cwe: [250],
    is: (text) => /^grant\s+all\b/i.test(text),
  },
  {
    id: "drops",
    severity: "medium",
    confidence: "medium",
    message: "What is dropped is gone, and what still uses it fails.",
    help: "Stop using it first, in a release before.",
    is: (text) =>
      /^drop\s+(?:table|database|schema)\b/i.test(text) || /^alter\s+table\b[\s\S]*\bdrop\s+column\b/i.test(text),
  },
  {
    id: "index-locks",
    severity: "medium",
    confidence: "medium",
    message: "Nobody can write to the table until the index is there.",
    help: "On PostgreSQL write CREATE INDEX CONCURRENTLY, outside of a transaction.",
    is: (text) =>
      /^create\s+(?:unique\s+)?index\s+(?!concurrently)/i.test(text) &&
      /\busing\s+(?:gin|gist|brin|btree|hash)\b|\bwith\s*\(/i.test(text),
  },
  {
    id: "column-without-default",
    severity: "medium",
    message: "On a table that has rows this fails.",
    help: "Give a default, or add it without NOT NULL, fill it, and set NOT NULL after.",
    is: (text) =>
      /^alter\s+table\b[\s\S]*\badd\s+(?:column\s+)?(?!constraint|primary|foreign|unique|check|index)\S+\s+[^,]*\bnot\s+null\b/i.test(
        text,
      ) && !/\bdefault\b|\bgenerated\b|serial/i.test(text),
  },
  {
    id: "type-changed",
    severity: "medium",
    confidence: "medium",
    message: "The whole table is written anew, and nobody reads it until then.",
    help: "Add a new column, fill it, and change over.",
    is: (text) => /^alter\s+table\b[\s\S]*\balter\s+(?:column\s+)?\S+\s+(?:set\s+data\s+)?type\b/i.test(text),
  },
  {
    id: "looks-at-every-row",
    severity: "info",
    message: "A pattern that begins with % finds no index.",
    help: "Use full-text search, or a trigram index.",
    is: (text) => /\blike\s+'%/i.test(text),
  },
  {
    id: "compared-with-null",
    severity: "medium",
    message: "Nothing equals NULL, not even NULL.",
    help: "Write IS NULL, or IS NOT NULL.",
    is: (text) =>
      /(?:=|<>|!=)\s*null\b/i.test(text.replaceAll(/\bset\b[\s\S]*?(?=\bwhere\b|$)/gi, " ")) &&
      !/^(?:create|alter)\b/i.test(text),
  },
  {
    id: "password-in-text",
    severity: "high",
    message: "Whoever reads the file, or the log of the database, knows the password.",
    help: "Set it by hand, or from a variable.",
    cwe: [798],
    is: (text) => /\b(?:create|alter)\s+(?:user|role)\b[\s\S]*\b(?:password|identified\s+by)\s+'[^']/i.test(text),
  },
  {
    id: "rows-in-no-order",
    severity: "low",
    message: "Which rows come first nobody knows.",
    help: "Say ORDER BY what.",
    is: (text) =>
      /\bselect\b/i.test(text) &&
      /\b(?:limit|offset)\s+\d/i.test(text) &&
      !/\border\s+by\b/i.test(text) &&
      !/\blimit\s+1\b/i.test(text),
  },
];

/** The statements of a text, one after the other; where nobody can tell, it is one to the end. */
export function sqlStatements(text: string): SqlStatement[] {
  const found: SqlStatement[] = [];
  let start = 0;
  let plain = "";
  const end = (at: number) => {
    const lead = plain.length - plain.trimStart().length;
    if (plain.trim() !== "") found.push({ start: start + lead, end: at, plain: plain.trim() });
    start = at + 1;
    plain = "";
  };
  for (let at = 0; at < text.length; ) {
    const [token] = TOKEN.exec(text.slice(at, at + TOKEN_CHARS_MAX)) ?? [text[at] ?? ""];
    if (token === ";") end(at);
    else plain += /^(?:--|\/\*|\$)/.test(token) ? " ".repeat(token.length) : token;
    at += token.length;
  }
  end(text.length);
  return found;
}

const TOKEN_CHARS_MAX = 100_000;
/** A comment, a text, a name between quotes, a text between dollars, or what stands between. */
const TOKEN = /^(?:--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\1\$|;|[^;'"$/-]+|[\s\S])/;

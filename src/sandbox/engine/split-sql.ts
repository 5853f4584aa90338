// A script of several statements. `prepare` takes only the first of them, and some runtimes break on one that holds
// nothing but a comment, so they are told apart here: by semicolons outside strings, names, comments and triggers.

const TOKEN =
  /'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`(?:[^`]|``)*`?|\[[^\]]*\]?|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[A-Za-z_][\w$]*|;|\s+|[\s\S]/gy;

export function splitSql(script: string): string[] {
  const statements: string[] = [];
  let text = "";
  let words: string[] = [];
  let depth = 0;
  const end = () => {
    if (text.trim() !== "") statements.push(text.trim());
    [text, words, depth] = ["", [], 0];
  };
  for (const [token] of script.matchAll(TOKEN)) {
    if (/^(--|\/\*)/.test(token)) {
      text += " ";
      continue;
    }
    if (token === ";" && depth === 0) {
      end();
      continue;
    }
    text += token;
    if (!/^[A-Za-z_]/.test(token)) continue;
    const word = token.toUpperCase();
    if (words.length < HEAD_WORDS) words.push(word);
    if (isTrigger(words)) depth = Math.max(0, depth + depthOf(word));
  }
  end();
  return statements;
}

/** CREATE TEMP TRIGGER IF NOT EXISTS: the word stands among the first. */
const HEAD_WORDS = 3;

function isTrigger(words: readonly string[]): boolean {
  return words[0] === "CREATE" && words.includes("TRIGGER");
}

/** Inside a trigger statements end with a semicolon, too; its body ends with the END that answers its BEGIN. */
function depthOf(word: string): number {
  if (word === "BEGIN" || word === "CASE") return 1;
  return word === "END" ? -1 : 0;
}

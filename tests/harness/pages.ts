// The pages that people read, and what these tell them to type.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");

export function pages(): string[] {
  const named = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "roles/README.md"];
  return [...named, ...readdirSync(join(ROOT, "docs")).map((name) => `docs/${name}`)].filter((path) =>
    path.endsWith(".md"),
  );
}

/** The blocks of a page between fences, each with the word behind its first fence. */
export function blocksOf(page: string): { readonly kind: string; readonly text: string }[] {
  const text = readFileSync(join(ROOT, page), "utf8");
  return [...text.matchAll(/```(\w+)\n([\s\S]*?)```/g)].map(([, kind = "", block = ""]) => ({ kind, text: block }));
}

/** The commands in the shell blocks of a page. */
export function linesOf(page: string): string[] {
  return blocksOf(page)
    .filter(({ kind }) => kind === "sh" || kind === "console")
    .flatMap(({ kind, text }) => {
      const lines = text.replaceAll("\\\n", " ").split("\n");
      // In a console what is typed stands behind a dollar, and the rest is what comes back.
      return kind === "sh" ? lines : lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    })
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** As a shell cuts it, up to a comment or another command. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  // Pieces that touch are one word.
  for (const [word] of line.matchAll(/(?:'[^']*'|"(?:[^"\\]|\\.)*"|[^\s'"])+/g)) {
    if (/^(?:#|\||>|<|&&|;|2>)/.test(word)) break;
    words.push(word.replaceAll(/'([^']*)'|"((?:[^"\\]|\\.)*)"/g, (_all, plain = "", quoted = "") => plain + quoted));
  }
  return words;
}

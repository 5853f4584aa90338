/** Languages whose files are looked into. */
export const SYNTAXES = ["python", "javascript", "typescript", "tsx", "bash"] as const;
export type Syntax = (typeof SYNTAXES)[number];

const BY_ENDING: Readonly<Record<string, Syntax>> = {
  py: "python",
  pyi: "python",
  js: "javascript",
  mjs: "javascript",
  cjs: "javascript",
  jsx: "javascript",
  ts: "typescript",
  mts: "typescript",
  cts: "typescript",
  tsx: "tsx",
  sh: "bash",
  bash: "bash",
};

const BY_PROGRAM: readonly (readonly [RegExp, Syntax])[] = [
  [/\bpython[\d.]*\b/, "python"],
  [/\b(ba|da|k|z)?sh\b/, "bash"],
  [/\b(node|bun|deno)\b/, "javascript"],
];

/** By its name, or by the program that its first line names. */
export function syntaxOf(path: string, text: string): Syntax | undefined {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase();
  if (ending !== undefined) return BY_ENDING[ending];
  const [first = ""] = text.slice(0, 200).split("\n");
  if (!first.startsWith("#!")) return undefined;
  return BY_PROGRAM.find(([program]) => program.test(first))?.[1];
}

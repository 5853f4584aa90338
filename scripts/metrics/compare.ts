// Whether complexities are those of radon and of ESLint, on trees that others wrote: `bun install` here, then
// `bun compare.ts [--python /usr/lib/python3.11] [--javascript node_modules]`. radon must be on the PATH.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { measureFunctions } from "../../src/analysis/metrics/measure-functions.ts";
import { parseText } from "../../src/analysis/syntax/parser.ts";
import type { Syntax } from "../../src/analysis/syntax/syntax.ts";

const { values } = parseArgs({
  options: {
    python: { type: "string", default: "/usr/lib/python3.11" },
    javascript: { type: "string", default: join(import.meta.dir, "node_modules") },
    files: { type: "string", default: "900" },
  },
});
const NODES_MAX = 5_000_000;
const BYTES_MAX = 400_000;
const SHOWN_MAX = 20;
const OUTPUT_BYTES_MAX = 256 * 1024 * 1024;

interface Counted {
  readonly functions: number;
  readonly equal: number;
  readonly differing: string[];
}

async function ours(path: string, syntax: Syntax) {
  const text = readFileSync(path, "utf8");
  const tree = await parseText(text, syntax, { nodes: NODES_MAX, isOver: () => false });
  return typeof tree === "string" ? [] : measureFunctions(tree, syntax).functions;
}

function filesIn(folder: string, pattern: string): string[] {
  const files = [...new Bun.Glob(pattern).scanSync({ cwd: folder, absolute: true })];
  return files.filter((path) => Bun.file(path).size < BYTES_MAX).sort();
}

interface Block {
  readonly type: string;
  readonly name: string;
  readonly lineno: number;
  readonly complexity: number;
  readonly closures?: readonly Block[];
  readonly methods?: readonly Block[];
  readonly inner_classes?: readonly Block[];
}

function* blocks(list: readonly Block[]): Generator<Block> {
  for (const block of list) {
    if (block.type !== "class") yield block;
    yield* blocks([...(block.closures ?? []), ...(block.methods ?? []), ...(block.inner_classes ?? [])]);
  }
}

/** By line and name. */
async function withRadon(): Promise<Counted> {
  const files = filesIn(values.python, "**/*.py").filter((path) => !path.includes("/test/"));
  const ran = spawnSync("radon", ["cc", "-j", "--show-closures", ...files], { maxBuffer: OUTPUT_BYTES_MAX });
  const theirs = JSON.parse(ran.stdout.toString()) as Record<string, readonly Block[]>;
  const counted = { functions: 0, equal: 0, differing: [] as string[] };
  for (const [path, list] of Object.entries(theirs)) {
    if (!Array.isArray(list)) continue;
    const own = new Map((await ours(path, "python")).map((one) => [`${one.line} ${one.name}`, one.cyclomatic]));
    const wanted = new Map(
      [...blocks(list)].map((one) => [`${one.lineno} ${one.name.split(".").at(-1)}`, one.complexity]),
    );
    for (const [key, complexity] of wanted) {
      counted.functions++;
      if (own.get(key) === complexity) counted.equal++;
      else counted.differing.push(`${path}:${key}: ours ${own.get(key)}, radon's ${complexity}`);
    }
  }
  return counted;
}

/** File by file, all of them: where a function begins ESLint and we do not say alike. */
async function withEslint(): Promise<Counted> {
  const { Linter } = await import(join(import.meta.dir, "node_modules/eslint/lib/api.js"));
  const linter = new Linter();
  const counted = { functions: 0, equal: 0, differing: [] as string[] };
  for (const path of filesIn(values.javascript, "**/*.js").slice(0, Number(values.files))) {
    const theirs = complexitiesIn(linter, readFileSync(path, "utf8"));
    if (!theirs) continue;
    const own = (await ours(path, "javascript")).map(({ cyclomatic }) => cyclomatic).sort((one, other) => one - other);
    const isEqual = own.join() === theirs.join();
    counted.functions += theirs.length;
    if (isEqual) counted.equal += theirs.length;
    else counted.differing.push(`${path}: ours ${own.length}, ESLint's ${theirs.length}`);
  }
  return counted;
}

interface Message {
  readonly fatal?: boolean;
  readonly message: string;
}

/** Undefined for what it cannot read. */
function complexitiesIn(
  linter: { verify(text: string, config: object[]): Message[] },
  text: string,
): number[] | undefined {
  for (const sourceType of ["module", "commonjs"]) {
    const languageOptions = { ecmaVersion: "latest", sourceType, parserOptions: { ecmaFeatures: { jsx: true } } };
    const linterOptions = { noInlineConfig: true };
    const messages = linter.verify(text, [{ rules: { complexity: ["error", 0] }, languageOptions, linterOptions }]);
    if (messages.some(({ fatal }) => fatal)) continue;
    // What a class holds beside its methods is no function of ours; and it says more than complexities.
    return messages
      .flatMap(({ message }) => /^(?!Class ).* complexity of (\d+)/.exec(message)?.[1] ?? [])
      .map(Number)
      .sort((one, other) => one - other);
  }
  return undefined;
}

for (const [name, compare] of [
  ["radon", withRadon],
  ["ESLint", withEslint],
] as const) {
  const { functions, equal, differing } = await compare();
  console.log(`${name}: ${equal} of ${functions} functions are equal (${((100 * equal) / functions).toFixed(2)} %)`);
  for (const line of differing.slice(0, SHOWN_MAX)) console.log(`  ${line}`);
}

// Properties of the code as a whole: who may import whom, who may name a runtime, what is never written down.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";

/** A folder may import from folders of a lower rank, and from itself. Siblings share a rank and never meet. */
const RANKS: readonly (readonly string[])[] = [
  ["base"],
  ["runtime"],
  ["config", "observe", "net", "project"],
  ["store"],
  ["events"],
  ["runs", "upstream", "artifacts"],
  ["tasks", "agents", "web", "documents", "sandbox", "analysis", "setup", "service"],
  ["workflows"],
  ["tools", "doctor"],
  ["mcp", "http", "cli"],
  ["main.ts", "internal.ts", "app.ts", "rooms.ts"],
];

const ROOT = join(import.meta.dirname, "..");
const LINES_WORTH_A_LOOK = 400;
const SKIPPED = new Set(["node_modules", "dist", "coverage", ".git", ".cadre"]);
const WRITTEN = /\.(ts|js|sql|ya?ml|md|jsonc?|toml|sh|html|css|txt)$|^\.(ci|github)\/|^[A-Z]+$/;
/** Files that no hand wrote, and this one, which must name what it forbids. */
const NOT_BY_HAND = new Set(["bun.lock", "package-lock.json", "tidy.test.ts"]);

const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

function* walk(folder: string): Generator<string> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !SKIPPED.has(entry.name)) yield* walk(path);
    if (entry.isFile()) yield path;
  }
}

const files = [...walk("")].sort();
const sources = files.filter((path) => /^src\/.*\.ts$/.test(path) && path !== "src/assets.d.ts");
const written = files.filter((path) => WRITTEN.test(path) && !NOT_BY_HAND.has(basename(path)));

/** The folder of a source file; the files beside main.ts are one room. */
function room(path: string): string {
  const part = path.split("/")[1] ?? "";
  return RANKS.at(-1)?.includes(part) ? "main.ts" : part;
}

const rankOf = (part: string) => RANKS.findIndex((parts) => parts.includes(part));

/** The text without comments, on the same lines. */
function code(path: string): string {
  return read(path)
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|[\s;{}()])\/\/.*$/gm, "$1");
}

interface Import {
  readonly line: number;
  readonly target: string;
}

/** Every import, of types too, of files of our own. */
function importsOf(path: string): Import[] {
  const text = code(path);
  return [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)"(\.[^"]+)"/g)].map((match) => ({
    line: text.slice(0, match.index).split("\n").length,
    target: normalize(join(dirname(path), match[1] ?? "")),
  }));
}

/** Lines of the code that hold what they should not. */
function findings(paths: readonly string[], pattern: RegExp, textOf: (path: string) => string = code): string[] {
  return paths.flatMap((path) =>
    textOf(path)
      .split("\n")
      .flatMap((line, at) => (pattern.test(line) ? [`${path}:${at + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
}

test("every folder under src has a rank", () => {
  expect([...new Set(sources.map(room))].filter((part) => rankOf(part) < 0)).toEqual([]);
});

test("a file imports only from folders of a lower rank and from its own", () => {
  const complaints = sources.flatMap((path) =>
    importsOf(path)
      .filter(({ target }) => target.startsWith("src/"))
      .filter(({ target }) => room(target) !== room(path) && rankOf(room(target)) >= rankOf(room(path)))
      .map(({ line, target }) => `${path}:${line}: ${room(path)} may not import ${target}`),
  );

  expect(complaints).toEqual([]);
});

test("src imports nothing of the tests, the scripts or the build", () => {
  const outside = sources.flatMap((path) => importsOf(path).map(({ target }) => ({ path, target })));

  expect(outside.filter(({ target }) => /^(tests|scripts|build)\b/.test(target))).toEqual([]);
});

test("only src/runtime names a runtime", () => {
  const others = sources.filter((path) => room(path) !== "runtime");

  expect(
    findings(
      others,
      /\b(Bun|Deno)\b\s*[.[(]|"bun:[^"]*"|\bfrom "bun"|"node:(sqlite|process)"|(?<![-#])\bprocess\s*[.[]/,
    ),
  ).toEqual([]);
});

test("time and chance come from the clock alone", () => {
  const others = sources.filter((path) => room(path) !== "runtime" && path !== "src/base/clock.ts");
  const forbidden =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\b(setTimeout|setInterval)\b|\bperformance\.now\b|\bAbortSignal\.timeout\b|"node:timers/;

  expect(findings(others, forbidden)).toEqual([]);
});

test("every file under src is reached from main.ts or by a test", () => {
  const reached = new Set<string>();
  const open = ["src/main.ts", ...files.filter((path) => /^tests\/.*\.ts$/.test(path))];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    if (reached.has(path) || !path.endsWith(".ts")) continue;
    reached.add(path);
    open.push(...importsOf(path).map(({ target }) => target));
  }

  expect(sources.filter((path) => !reached.has(path))).toEqual([]);
});

test("a file is named after what it exports", () => {
  const empty = /^(utils?|helpers?|misc|common|types?|constants?|shared|lib|manager|service|index)$/;

  expect(sources.filter((path) => empty.test(basename(path, ".ts")) && path !== "src/tools/index.ts")).toEqual([]);
});

/** A workflow that looks for such marks, and what plays it. */
const LOOKS_FOR_MARKS = new Set([
  "src/workflows/built-in/nightly-scan.yaml",
  "tests/unit/workflows/workflow-built-in.test.ts",
  "tests/histories/nightly-scan.json",
]);

test("nothing is put off without an issue number", () => {
  const texts = written.filter((path) => /\.(ts|sql|ya?ml|md|json)$|^\.ci\//.test(path) && !LOOKS_FOR_MARKS.has(path));

  expect(findings(texts, /\b(TODO|FIXME|XXX|HACK)\b(?! ?\(#\d+\))/, read)).toEqual([]);
});

test("nothing tells of the machine or the registry that it was written with", () => {
  expect(findings(written, /(?<![\w.])\/(work|root)\/|\/home\/(?!me\b|user\b|ubuntu\b|dev\b)\w+\//, read)).toEqual([]);
  expect(
    findings(
      written,
      /https?:\/\/(?!registry\.(modelcontextprotocol\.io|npmjs\.org)\b)[\w.-]*(registry|artifactory|nexus|verdaccio|proxy)[\w.-]*[:/]/i,
      read,
    ),
  ).toEqual([]);
  expect(read("bun.lock")).not.toMatch(/https?:\/\//);
});

test("every public text names the one version of Bun that package.json pins", () => {
  const { packageManager } = JSON.parse(read("package.json")) as { packageManager: string };
  const pinned = packageManager.replace("bun@", "");
  const texts = written.filter((path) => /\.md$|^\.github\/|^\.ci\//.test(path));

  const named = texts.flatMap((path) =>
    [...read(path).matchAll(/\bbun(?:@| v?)(\d+\.\d+\.\d+)\b/gi)].map((match) => ({ path, version: match[1] })),
  );

  expect(named.filter(({ version }) => version !== pinned)).toEqual([]);
  expect(named.map(({ path }) => path)).toContain("README.md");
});

test("the gate's own settings say what they mean", () => {
  const bunfig = read("bunfig.toml");

  // `coverage = false` would switch the report off even where the command asks for it; a threshold
  // with a misspelled key passes silently: the gate reads the report itself.
  expect(bunfig).not.toMatch(/^coverage\s*=|^coverageThreshold/m);
});

const long = sources
  .map((path) => ({ path, lines: read(path).split("\n").length }))
  .filter(({ lines }) => lines > LINES_WORTH_A_LOOK);
if (long.length > 0) {
  console.info(`worth a look: ${long.map(({ path, lines }) => `${path} (${lines} lines)`).join(", ")}`);
}

// The whole gate, the same here and in CI: lint, types, dead code, generated docs, the executable, then every test on
// Bun, where what a test starts is that executable, and on Deno. The first step that fails ends it, unless
// --keep-going. The last line says how many tests passed and failed.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

interface Step {
  readonly name: string;
  readonly command: readonly string[];
}

interface Ran {
  readonly name: string;
  readonly exit: number;
  readonly output: string;
  readonly seconds: number;
}

const ROOT = join(import.meta.dir, "..");
/** Of the lines in the files that a test loads; parts that only run in processes of their own do not count. */
const COVERED_MIN = 0.85;
/** What tests say that somebody should read: what did not run here, weights, files worth a look. */
const WORTH_READING = /^SKIPPED|^ *\d+ tokens |^worth a look/;

const PROGRAM = process.platform === "win32" ? "cadre.exe" : "cadre";

const bin = (name: string) => join(ROOT, "node_modules", ".bin", name);
const bun = process.execPath;

const quick: readonly Step[] = [
  { name: "biome", command: [bin("biome"), "check", ".", "--error-on-warnings"] },
  { name: "tsc", command: [bin("tsc"), "--noEmit", "-p", "."] },
  { name: "knip", command: [bin("knip")] },
  { name: "docs", command: [bun, "scripts/docs.ts", "--check"] },
  { name: "build", command: [bun, "build.ts"] },
];
const bunTests: Step = {
  name: "bun test",
  command: [
    bun,
    "test",
    "--parallel=2",
    "--timeout=30000",
    "--only-failures",
    "--coverage",
    "--coverage-reporter=lcov",
  ],
};
const denoTests: Step = { name: "deno test", command: [bin("deno"), "task", "test"] };

const clean = environment();
const started = performance.now();
const keepsGoing = process.argv.includes("--keep-going");
let isTidy = true;

for (const ran of await Promise.all(inPairs(quick))) {
  report(ran);
  if (ran.exit === 0) continue;
  if (!keepsGoing) leave(ran);
  console.log(ran.output);
  isTidy = false;
}
const tests = [await run(bunTests), await run(denoTests)];
let passed = 0;
let failed = 0;
for (const ran of tests) {
  const counts = countsIn(ran.output);
  // A run that ends badly without a test that failed has not shown anything.
  passed += counts.passed;
  failed += counts.failed === 0 && ran.exit !== 0 ? 1 : counts.failed;
  report(ran, `${counts.passed} passed, ${counts.failed} failed`);
  if (ran.exit !== 0) console.log(ran.output);
  else for (const line of ran.output.split("\n")) if (WORTH_READING.test(line)) console.log(`      ${line}`);
}
const isCovered = reportCoverage();
const isPassed = isTidy && isCovered && failed === 0 && passed > 0;
console.log(`${isPassed ? "passed" : "FAILED"} after ${secondsSince(started)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = isPassed ? 0 : 1;

/** Each step is begun when one of the two before it is done: there are two cores to count on. */
function inPairs(steps: readonly Step[]): Promise<Ran>[] {
  const running: Promise<Ran>[] = [];
  for (const [at, step] of steps.entries()) {
    const before = running[at - 2] ?? Promise.resolve();
    running.push(before.then(() => run(step)));
  }
  return running;
}

async function run({ name, command }: Step): Promise<Ran> {
  const began = performance.now();
  const child = Bun.spawn([...command], { cwd: ROOT, env: clean, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { name, exit, output: `${stdout}${stderr}`, seconds: secondsSince(began) };
}

/** Nothing that the user set for a cadre of their own reaches the tests. */
function environment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^CADRE_(?!TEST_)/.test(name));
  const own = { CADRE_TEST_PROGRAM: join(ROOT, "dist", PROGRAM), NO_COLOR: "1", FORCE_COLOR: "0" };
  return { ...(Object.fromEntries(kept) as Record<string, string>), ...own };
}

function countsIn(output: string): { passed: number; failed: number } {
  const bunCounts = [/^\s*(\d+) pass$/m, /^\s*(\d+) fail$/m].map((form) => Number(form.exec(output)?.[1] ?? 0));
  const [, deno] = /(\d+ passed.*\| \d+ failed)/.exec(output) ?? [];
  const denoCounts = [/(\d+) passed/, /(\d+) failed/].map((form) => Number(form.exec(deno ?? "")?.[1] ?? 0));
  return { passed: (bunCounts[0] ?? 0) + (denoCounts[0] ?? 0), failed: (bunCounts[1] ?? 0) + (denoCounts[1] ?? 0) };
}

function report({ name, exit, seconds }: Ran, more = ""): void {
  console.log(
    `${exit === 0 ? "ok    " : "FAILED"}  ${name.padEnd(10)} ${seconds.toFixed(1).padStart(6)} s  ${more}`.trimEnd(),
  );
}

function leave({ name, output }: Ran): never {
  console.log(output);
  console.log(`FAILED at ${name} after ${secondsSince(started)} s; nothing after it was run`);
  console.log("0 passed, 1 failed");
  process.exit(1);
}

/** Reads the report of Bun's tests. It leaves out what no test loads: those files are named here. */
function reportCoverage(): boolean {
  const path = join(ROOT, "coverage", "lcov.info");
  if (!existsSync(path)) {
    console.log("FAILED  coverage: there is no report");
    return false;
  }
  const files = readFileSync(path, "utf8")
    .split("end_of_record")
    .map((record) => ({ path: lcov(record, "SF"), lines: Number(lcov(record, "LF")), hit: Number(lcov(record, "LH")) }))
    .filter((file) => file.path.startsWith("src/"));
  const sum = (key: "lines" | "hit") => files.reduce((total, file) => total + file[key], 0);
  const share = sum("hit") / sum("lines");
  const loaded = new Set(files.map((file) => file.path));
  const sources = readdirSync(join(ROOT, "src"), { recursive: true })
    .map((name) => `src/${String(name).replaceAll("\\", "/")}`)
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  const unloaded = sources.filter((name) => !loaded.has(name) && hasCode(name));
  const least = files.toSorted((a, b) => a.hit / a.lines - b.hit / b.lines).slice(0, 5);

  const isCovered = share >= COVERED_MIN;
  console.log(
    `${isCovered ? "ok    " : "FAILED"}  coverage   ${percent(share)} of lines, at least ${percent(COVERED_MIN)}`,
  );
  console.log(`      least: ${least.map((file) => `${file.path} ${percent(file.hit / file.lines)}`).join(", ")}`);
  if (unloaded.length > 0) console.log(`      only in processes of their own: ${unloaded.join(", ")}`);
  return isCovered;
}

function lcov(record: string, key: string): string {
  return new RegExp(`^${key}:(.*)$`, "m").exec(record)?.[1] ?? "";
}

/** A file of types alone leaves nothing to run. */
function hasCode(path: string): boolean {
  return new Bun.Transpiler({ loader: "ts" }).transformSync(readFileSync(join(ROOT, path), "utf8")).trim() !== "";
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function secondsSince(began: number): number {
  return Math.round((performance.now() - began) / 100) / 10;
}

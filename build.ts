// `bun build.ts` leaves dist/cadre for this machine, `--target NAME` one for another, `--all` one for each,
// with SHA256SUMS.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import manifest from "./package.json" with { type: "json" };
import { compile, TARGETS, type Target } from "./scripts/release/compile.ts";
import { platformOf } from "./scripts/release/executable.ts";

const BYTES_MAX = 141 * 1024 * 1024;
const NAMES = Object.keys(TARGETS) as Target[];
const root = import.meta.dir;
const dist = join(root, "dist");

const { values: flags } = parseArgs({
  options: { all: { type: "boolean", default: false }, target: { type: "string" } },
});
const targets = flags.all ? NAMES : [flags.target === undefined ? undefined : targetOf(flags.target)];
const here = thisMachine();
const commit = commitOf();

mkdirSync(dist, { recursive: true });
console.log(`cadre ${manifest.version} (${commit}), Bun ${Bun.version}\n`);
console.log(row(["target", "MB", "sha256", "seconds", "file"]));
const sums: string[] = [];
for (const target of targets) {
  const started = performance.now();
  const outfile = join(dist, fileName(target));
  await compile({ entry: join(root, "src/main.ts"), outfile, target, commit });
  const bytes = statSync(outfile).size;
  if (bytes > BYTES_MAX) throw new Error(`${outfile} has ${bytes} bytes, more than ${BYTES_MAX}`);
  if (target === undefined || target === here) checkStart(outfile);
  const sha = createHash("sha256").update(readFileSync(outfile)).digest("hex");
  sums.push(`${sha}  ${basename(outfile)}\n`);
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  const name = target ?? `${here}, this machine`;
  console.log(row([name, (bytes / 1024 / 1024).toFixed(1), sha.slice(0, 12), seconds, `dist/${basename(outfile)}`]));
}
// A list that no longer matches its files would be worse than none.
if (flags.all) writeFileSync(join(dist, "SHA256SUMS"), sums.join(""));
else if (flags.target) rmSync(join(dist, "SHA256SUMS"), { force: true });

function targetOf(given: string): Target {
  const name = given.replace(/^bun-/, "") as Target;
  if (NAMES.includes(name)) return name;
  console.error(`no target ${given}\n  → one of ${NAMES.join(", ")}`);
  process.exit(2);
}

function fileName(target: Target | undefined): string {
  const isWindows = target ? TARGETS[target].os === "windows" : process.platform === "win32";
  return `cadre${target ? `-${target}` : ""}${isWindows ? ".exe" : ""}`;
}

function thisMachine(): Target | undefined {
  const here = platformOf(readFileSync(process.execPath));
  return NAMES.find((name) => Bun.deepEquals(TARGETS[name], here));
}

/** What the program says of itself; a plus says that something had been changed since the commit. */
function commitOf(): string {
  const git = (...args: string[]) =>
    Bun.spawnSync(["git", "--no-optional-locks", ...args], { cwd: root, stderr: "ignore" });
  const head = git("rev-parse", "--short=12", "HEAD");
  if (!head.success) return "unknown";
  const isChanged = git("status", "--porcelain", "--untracked-files=no").stdout.length > 0;
  return `${head.stdout.toString().trim()}${isChanged ? "+" : ""}`;
}

function checkStart(outfile: string): void {
  const { stdout, success } = Bun.spawnSync([outfile, "--version"], { env: {}, stderr: "inherit" });
  const said = stdout.toString().trim();
  const isRight = success && said.includes(manifest.version) && said.includes(commit);
  if (!isRight) throw new Error(`${outfile} --version said ${JSON.stringify(said)}`);
}

function row(cells: readonly string[]): string {
  const [target = "", mb = "", sha = "", seconds = "", file = ""] = cells;
  return `${target.padEnd(28)} ${mb.padStart(6)}  ${sha.padEnd(12)}  ${seconds.padStart(7)}  ${file}`;
}

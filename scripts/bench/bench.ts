// `bun run bench`: the figures that cadre promises, each beside its floor or rival from the same run.
//   --only NAME   one figure     --json   as JSON     --out FILE   the table into a page of the docs
import { readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { agents } from "./figures/agents.ts";
import { analysis } from "./figures/analysis.ts";
import { httpCalls, stdioCalls } from "./figures/calls.ts";
import { code } from "./figures/code.ts";
import { events } from "./figures/events.ts";
import { appends, plans, windows } from "./figures/orchestrator.ts";
import { page } from "./figures/page.ts";
import { profiles } from "./figures/profiles.ts";
import { rivals } from "./figures/rivals.ts";
import { runs } from "./figures/runs.ts";
import { runsOnPostgres } from "./figures/runs-on-postgres.ts";
import { search } from "./figures/search.ts";
import { setup } from "./figures/setup.ts";
import { stall } from "./figures/stall.ts";
import { memory, start, version } from "./figures/start.ts";
import { streams } from "./figures/streams.ts";
import { weight } from "./figures/weight.ts";
import { writes } from "./figures/writes.ts";
import { Bench } from "./programs.ts";
import { type Judged, judge, markdownTable, type Row, textTable } from "./row.ts";

const FIGURES: Readonly<Record<string, (bench: Bench) => Promise<Row[]>>> = {
  start,
  version,
  memory,
  writes,
  page,
  weight,
  "stdio-calls": stdioCalls,
  "http-calls": httpCalls,
  events,
  streams,
  agents,
  plans,
  appends,
  windows,
  search,
  code,
  analysis,
  setup,
  runs,
  stall,
  "runs-on-postgres": runsOnPostgres,
  rivals,
  profiles,
};
const RUN_MS_MAX = 900_000;

const { values: flags } = parseArgs({
  options: { only: { type: "string" }, json: { type: "boolean", default: false }, out: { type: "string" } },
});
if (flags.only !== undefined && !(flags.only in FIGURES)) {
  console.error(`no figure ${flags.only}\n  → one of ${Object.keys(FIGURES).join(", ")}`);
  process.exit(2);
}

using bench = new Bench();
process.on("exit", () => bench[Symbol.dispose]());
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(1));
setTimeout(() => {
  console.error(`the bench did not end within ${RUN_MS_MAX / 1_000} s`);
  process.exit(1);
}, RUN_MS_MAX).unref();

const machine = describeMachine();
const rows: Judged[] = [];
for (const [name, measure] of Object.entries(FIGURES)) {
  if (flags.only !== undefined && flags.only !== name) continue;
  if (!flags.json) console.error(`measuring ${name}`);
  rows.push(...(await measure(bench)).map(judge));
}

if (flags.json) console.log(JSON.stringify({ machine, rows }, null, 2));
else console.log(`\n${machine}\n\n${textTable(rows)}\n\n${notes("")}`);
if (flags.out !== undefined) writePage(flags.out);

function describeMachine(): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const load = loadavg()[0]?.toFixed(1);
  return `${cpus().length} × ${cpu?.model}, ${memory} GiB, ${process.platform} ${release()}, Bun ${Bun.version}, load ${load} at the start`;
}

function notes(mark: string): string {
  return rows.flatMap(({ figure, note }) => (note ? [`${mark}${figure}: ${note}`] : [])).join("\n");
}

/** Between <!-- bench --> and <!-- /bench -->, so that the words around it stay; or as the whole page. */
function writePage(path: string): void {
  const part = `<!-- bench -->\n${machine}\n\n${markdownTable(rows)}\n\n${notes("- ")}\n<!-- /bench -->`;
  const page = read(path);
  const renewed = page.replace(/<!-- bench -->[\s\S]*?<!-- \/bench -->/, () => part);
  writeFileSync(path, renewed === page && !page.includes(part) ? `# Benchmarks\n\n${part}\n` : renewed);
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

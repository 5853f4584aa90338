// The long form of tests/crash: bun scripts/crash.ts [--rounds 100] [--processes 4] [--each 250] [--worked 8] [--windows 8]
//   [--calls 2000] [--programs 1000] [--parallel 200] [--runs 400] [--kills 60] [--seed text]
//   [--power 90] [--agents 20]
//   [--cluster 10000] [--program dist/cadre]  only with a PostgreSQL: three machines behind a balancer
import { parseArgs } from "node:util";
import { PostgresServer } from "../tests/contract/postgres-database.ts";
import { agentRounds } from "../tests/crash/agent-rounds.ts";
import { clusterRounds } from "../tests/crash/cluster-rounds.ts";
import { killRounds } from "../tests/crash/kill-rounds.ts";
import { manyPrograms } from "../tests/crash/many-programs.ts";
import { mixedWindows } from "../tests/crash/mixed-windows.ts";
import { patternRounds } from "../tests/crash/pattern-rounds.ts";
import { powerCuts } from "../tests/crash/power-cuts.ts";
import { runRounds } from "../tests/crash/run-rounds.ts";
import { shareOneFile } from "../tests/crash/shared-file.ts";
import { workedRounds } from "../tests/crash/worked-rounds.ts";
import { testRedis } from "../tests/harness/redis.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    processes: { type: "string", default: "4" },
    each: { type: "string", default: "250" },
    worked: { type: "string", default: "8" },
    windows: { type: "string", default: "8" },
    calls: { type: "string", default: "2000" },
    programs: { type: "string", default: "1000" },
    parallel: { type: "string", default: "200" },
    runs: { type: "string", default: "400" },
    kills: { type: "string", default: "60" },
    power: { type: "string", default: "90" },
    agents: { type: "string", default: "20" },
    cluster: { type: "string", default: "10000" },
    program: { type: "string" },
    seed: { type: "string", default: new Date().toISOString() },
  },
});

console.log(`kill -9, ${values.rounds} rounds, seed ${values.seed}`);
const kills = await killRounds(Number(values.rounds), values.seed, (round, acknowledged) => {
  if (round % 10 === 0) console.log(`  round ${round}: ${acknowledged} acknowledged`);
});
console.log(JSON.stringify(kills));

console.log(`${values.power} power cuts, seed ${values.seed}`);
const power = Bun.which("strace")
  ? await powerCuts({ runs: 20, cuts: Number(values.power), seed: values.seed })
  : undefined;
console.log(JSON.stringify(power ?? "SKIPPED: strace is not there"));

console.log(`${values.processes} processes, ${values.each} creates and updates each`);
const shared = await shareOneFile(Number(values.processes), Number(values.each));
console.log(JSON.stringify(shared));

console.log(`kill -9 of ${values.windows} windows at work, ${values.worked} rounds`);
const worked = await workedRounds(Number(values.worked), Number(values.windows), values.seed);
console.log(JSON.stringify(worked));

console.log(`${values.processes} windows that do anything, ${values.calls} calls each`);
const mixed = await mixedWindows(Number(values.processes), Number(values.calls), values.seed);
console.log(JSON.stringify(mixed));

console.log(`${values.programs} programs in a row, ${values.parallel} at once`);
const programs = await manyPrograms(Number(values.programs), Number(values.parallel));
console.log(JSON.stringify(programs));

/** More than a run may cost that does not get on: its agents' words do. */
const AGENT_KILLS = 9;
/** Half of a JSON is nothing to go on with, so that these may cost no more. */
const PATTERN_KILLS = 4;
console.log(`${values.agents} agents that are answered, kill -9 of their server`);
const program = values.program === undefined ? {} : { program: [values.program] };
const agents = await agentRounds({ agents: Number(values.agents), kills: AGENT_KILLS, seed: values.seed, ...program });
console.log(JSON.stringify(agents));

console.log("a run of every pattern of agents, kill -9 of their server");
const { outputs } = await patternRounds(0, values.seed);
const { outputs: told, ...patterns } = await patternRounds(PATTERN_KILLS, values.seed);
const arePatternsWell =
  patterns.failed.length + patterns.again.length === 0 && JSON.stringify(told) === JSON.stringify(outputs);
console.log(JSON.stringify({ ...patterns, isSame: arePatternsWell }));

console.log(`${values.runs} runs, worked on by ${values.processes} processes, ${values.kills} times kill -9`);
const runs = await runRounds({
  runs: Number(values.runs),
  workers: Number(values.processes),
  kills: Number(values.kills),
  seed: values.seed,
});
console.log(JSON.stringify(runs));

const server = await PostgresServer.open();
const cluster = server && (await threeMachines(server.url));
await server?.close();

async function threeMachines(db: string) {
  console.log(`${values.cluster} runs on three machines, one killed every second`);
  const redis = await testRedis();
  return clusterRounds({
    db,
    bus: redis?.href,
    runs: Number(values.cluster),
    nodes: 3,
    kills: 10,
    killEveryMs: 1_000,
    seed: values.seed,
    isApart: true,
    program: values.program === undefined ? undefined : [values.program],
  });
}
console.log(JSON.stringify(cluster ?? "SKIPPED: no PostgreSQL server answers"));

const all = Number(values.processes) * Number(values.each);
const isSound =
  kills.missing.length + kills.unchanged.length === 0 &&
  (!power || power.lost.length + power.wrong.length === 0) &&
  worked.lost.length + worked.shared.length + worked.partial.length + mixed.broken.length === 0 &&
  worked.check === "ok" &&
  kills.check === "ok" &&
  shared.check === "ok" &&
  shared.lost === 0 &&
  shared.distinctIds === all &&
  shared.tasks === all &&
  shared.sharedRevision === all + 1 &&
  runs.wrong.length + runs.gaps.length + runs.twice.length === 0 &&
  runs.check === "ok" &&
  arePatternsWell &&
  agents.status === "completed" &&
  agents.wrong.length + agents.again.length + agents.lost.length === 0 &&
  (!cluster ||
    cluster.missing.length + cluster.wrong.length + cluster.gaps.length + cluster.unseen + cluster.twice === 0) &&
  programs.processes.length + programs.folders.length + programs.handles + programs.running === 0;
console.log(isSound ? "nothing was lost" : "LOST");
process.exitCode = isSound ? 0 : 1;

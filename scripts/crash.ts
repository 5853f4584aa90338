// The long form of tests/crash: bun scripts/crash.ts [--rounds 100] [--processes 4] [--each 250] [--seed text]
import { parseArgs } from "node:util";
import { killRounds } from "../tests/crash/kill-rounds.ts";
import { shareOneFile } from "../tests/crash/shared-file.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "100" },
    processes: { type: "string", default: "4" },
    each: { type: "string", default: "250" },
    seed: { type: "string", default: new Date().toISOString() },
  },
});

console.log(`kill -9, ${values.rounds} rounds, seed ${values.seed}`);
const kills = await killRounds(Number(values.rounds), values.seed, (round, acknowledged) => {
  if (round % 10 === 0) console.log(`  round ${round}: ${acknowledged} acknowledged`);
});
console.log(JSON.stringify(kills));

console.log(`${values.processes} processes, ${values.each} creates and updates each`);
const shared = await shareOneFile(Number(values.processes), Number(values.each));
console.log(JSON.stringify(shared));

const all = Number(values.processes) * Number(values.each);
const isSound =
  kills.missing.length + kills.unchanged.length === 0 &&
  kills.check === "ok" &&
  shared.check === "ok" &&
  shared.lost === 0 &&
  shared.distinctIds === all &&
  shared.tasks === all &&
  shared.sharedRevision === all + 1;
console.log(isSound ? "nothing was lost" : "LOST");
process.exitCode = isSound ? 0 : 1;

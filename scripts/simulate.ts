// Made-up worlds in which runs are worked on: bun scripts/simulate.ts [--seeds 10000] [--from text], or one again with --seed.
import { parseArgs } from "node:util";
import { simulate } from "../tests/simulation/simulate.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: new Date().toISOString() },
    seed: { type: "string" },
  },
});
const count = values.seed === undefined ? Number(values.seeds) : 1;
const started = performance.now();
let steps = 0;
let faults = 0;
let failed = 0;
for (let at = 0; at < count; at++) {
  const world = await simulate(values.seed ?? `${values.from} ${at}`);
  steps += world.steps;
  faults += world.faults;
  if (world.wrong.length > 0) failed++;
  for (const what of world.wrong) console.log(`--seed "${world.seed}"  ${what}`);
}
const seconds = Math.round((performance.now() - started) / 1_000);
console.log(`${count} worlds, ${steps} steps, ${faults} faults, ${seconds} s: ${failed} went wrong`);
process.exitCode = failed === 0 ? 0 : 1;

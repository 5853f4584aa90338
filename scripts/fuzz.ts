// The fuzzer for as long as you like: bun scripts/fuzz.ts --seed N --rounds N --face mcp|http|stdio|cli|all
// With --bin PATH it takes an executable instead of the sources. The same seed does the same things again.
import { parseArgs } from "node:util";
import { FROM_SOURCE, type Program } from "../tests/fuzz/child.ts";
import { FACES, runFace } from "../tests/fuzz/run.ts";

const GROUPS: Readonly<Record<string, readonly string[]>> = {
  mcp: ["mcp-stdio", "mcp-http"],
  http: ["rest", "mcp-http", "http-bytes"],
  stdio: ["mcp-stdio", "stdio-bytes"],
  cli: ["cli"],
  all: Object.keys(FACES),
};
const ROUNDS = 1_000;
const TELL_EVERY = 500;

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    rounds: { type: "string", default: String(ROUNDS) },
    face: { type: "string", default: "all" },
    bin: { type: "string" },
  },
});
const { seed, face: wanted } = values;
const rounds = Number(values.rounds);
const program: Program = values.bin ? [values.bin] : FROM_SOURCE;

let failed = 0;
for (const face of GROUPS[wanted] ?? [wanted]) {
  const started = performance.now();
  console.log(`${face}: seed ${seed}, ${rounds} rounds`);
  const onRound = (round: number) => {
    if (round > 0 && round % TELL_EVERY === 0) console.log(`${face}: ${round}`);
  };
  try {
    await runFace({ face, seed, rounds, program, onRound });
    console.log(`${face}: held, ${Math.round((performance.now() - started) / 1_000)} s`);
  } catch (violation) {
    failed++;
    console.error((violation as Error).message);
  }
}
process.exit(failed === 0 ? 0 : 1);

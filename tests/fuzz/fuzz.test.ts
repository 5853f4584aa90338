// A short run of the fuzzer, always the same. The long one is scripts/fuzz.ts.
import { test } from "bun:test";
import { FROM_SOURCE } from "./child.ts";
import { runFace } from "./run.ts";

const SEED = "gate";
const TEST_MS_MAX = 120_000;

test.concurrent.each([
  ["mcp-stdio", 500],
  ["mcp-http", 400],
  ["rest", 500],
  ["cli", 15],
  ["stdio-bytes", 80],
  ["http-bytes", 200],
] as const)(
  "%s answers hostile input with a result or a typed error, and lives on",
  async (face, rounds) => {
    await runFace({ face, seed: SEED, rounds, program: FROM_SOURCE });
  },
  TEST_MS_MAX,
);

import { expect, test } from "bun:test";
import { RUN_CRASHES_MAX } from "../../src/base/limits.ts";
import { agentRounds } from "./agent-rounds.ts";
import { patternRounds } from "./pattern-rounds.ts";

const SEED = "agents";
const PATTERNS_MS = 180_000;

/** More than a run may cost that does not get on: words are enough. */
const KILLS = RUN_CRASHES_MAX + 1;

test("agents whose server is killed lose no word, and nobody is asked again who has answered", async () => {
  const report = await agentRounds({ agents: 12, kills: KILLS, seed: SEED });

  expect({ ...report, kills: report.kills, continued: report.continued > 0 }).toEqual({
    status: "completed",
    agents: 12,
    kills: KILLS,
    continued: true,
    wrong: [],
    again: [],
    lost: [],
  });
});

/** The long suite takes all of them. */
const PATTERNS = ["research", "refine", "debate", "plan-execute"];

test(
  "patterns come to the same when their server is killed, and no answer is paid for twice",
  async () => {
    const whole = await patternRounds(0, SEED, PATTERNS);

    const { kills, ...rest } = await patternRounds(2, SEED, PATTERNS);

    expect(kills).toBeGreaterThan(0);
    expect(rest).toEqual({ failed: [], again: [], outputs: whole.outputs });
  },
  PATTERNS_MS,
);

// kill -9 and several processes on one file. Long versions: bun scripts/crash.ts --rounds 100 --each 250
import { expect, test } from "bun:test";
import { killRounds } from "./kill-rounds.ts";
import { shareOneFile } from "./shared-file.ts";

const ROUNDS = 10;
const PROCESSES = 4;
const EACH = 60;
const TIMEOUT_MS = 120_000;

test(
  "kill -9 loses nothing that was acknowledged, and the next start works",
  async () => {
    const report = await killRounds(ROUNDS, "gate");

    expect(report).toMatchObject({ rounds: ROUNDS, missing: [], unchanged: [], check: "ok" });
    expect(report.acknowledged).toBeGreaterThan(ROUNDS);
  },
  TIMEOUT_MS,
);

test(
  "four processes on one file lose no update, give no id twice, and number the log without a gap",
  async () => {
    const report = await shareOneFile(PROCESSES, EACH);

    const all = PROCESSES * EACH;
    expect(report).toEqual({
      acknowledged: all,
      distinctIds: all,
      lost: 0,
      tasks: all,
      sharedRevision: all + 1,
      events: 3 * all + 1,
      distinctEvents: 3 * all + 1,
      check: "ok",
    });
  },
  TIMEOUT_MS,
);

// A server is started as it will be written, before it is written: what does not answer is told with what it said.
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { HANDSHAKE_MS } from "../../../src/base/limits.ts";
import { runtime } from "../../../src/runtime/current.ts";
import type { StdioLaunch } from "../../../src/setup/clients/client.ts";
import { greet } from "../../../src/setup/greeting.ts";
import { fakeClock } from "../../harness/clock.ts";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { SELF_IN_SHELL } from "../../harness/self.ts";

/** Notes each start, and does the first time whatever is said first. */
function program(folder: string, first: string, then: string): StdioLaunch {
  const script = `echo start >> starts; if [ "$(wc -l < starts)" -eq 1 ]; then ${first}; else ${then}; fi`;
  return { kind: "stdio", command: "/bin/sh", args: ["-c", `cd "${folder}"; ${script}`], env: { CADRE_HOME: folder } };
}

const starts = (folder: string) => {
  const file = join(folder, "starts");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
};

test("a first start that is too slow is followed by a second one, which is not", async () => {
  using folder = tempFolder();
  const launch = program(folder.path, "exec sleep 600", `exec ${SELF_IN_SHELL}`);
  const clock = fakeClock();

  const greeting = greet(launch, { runtime, clock });
  await until(() => clock.sleepers === 1 && starts(folder.path) === 1, "it was started");
  clock.advance(HANDSHAKE_MS);

  expect((await greeting).tools).toContain("task_list");
  expect(starts(folder.path)).toBe(2);
});

test("one that is too slow twice is told", async () => {
  using folder = tempFolder();
  const launch = program(folder.path, "exec sleep 600", "exec sleep 600");
  const clock = fakeClock();

  const greeting = greet(launch, { runtime, clock }).catch((cause: unknown) => String(cause));
  await until(() => clock.sleepers === 1 && starts(folder.path) === 1, "it was started");
  clock.advance(HANDSHAKE_MS);
  await until(() => clock.sleepers === 1 && starts(folder.path) === 2, "it was started again");
  clock.advance(HANDSHAKE_MS);

  expect(await greeting).toMatch(/cannot use .* did not answer within 5 s/);
});

test.each([
  ["what ends at once", "echo 'no such option' >&2; exit 3", "ended before it answered; it said: no such option"],
  ["what says something else", "echo hello; exec sleep 600", "says something else than the protocol on stdout"],
])("%s is started once", async (_what, first, told) => {
  using folder = tempFolder();

  const problem = await greet(program(folder.path, first, "exit"), { runtime, clock: systemClock }).catch(String);

  expect(problem).toContain(told);
  expect(starts(folder.path)).toBe(1);
});

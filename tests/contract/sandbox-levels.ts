// Runs the whole corpus at one level, several programs at once, and answers what is not as it should be. As a
// program it prints that: so it can be run as another user.
import { randomBytes } from "node:crypto";
import type { Level } from "../../src/sandbox/isolation.ts";
import { openSandbox } from "../harness/sandbox.ts";
import { makeTargets } from "../harness/targets.ts";
import { moreAttacks } from "./sandbox-attacks.ts";
import { adversarialCases, benignCases, runFolders, tryAttack, tryBenign } from "./sandbox-corpus.ts";

const AT_ONCE = 5;

/** Which cases: all of them, or every second one, from the first or from the second on. */
export type Share = "all" | "even" | "odd";

export async function corpusProblems(level: Level, share: Share = "all"): Promise<Record<string, string[]>> {
  const sandbox = openSandbox();
  await using targets = await makeTargets(`cadre-marker-${randomBytes(6).toString("hex")}`);
  const problems: Record<string, string[]> = {};
  const whole = [
    ...benignCases.map((one) => ({ one, attempt: tryBenign })),
    ...[...adversarialCases, ...moreAttacks].map((one) => ({ one, attempt: tryAttack })),
  ];
  const all = share === "all" ? whole : whole.filter((_job, at) => (at % 2 === 0) === (share === "even"));
  const attemptOne = async ({ one, attempt }: (typeof all)[number]) => {
    const found = await attempt(sandbox, one, targets, level).catch((cause: unknown) => [String(cause)]);
    delete problems[one.id];
    if (found.length > 0) problems[one.id] = found;
  };
  const open = [...all];
  const next = async () => {
    for (let job = open.shift(); job; job = open.shift()) await attemptOne(job);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  // Some cases are about time. On a busy machine they get it for themselves, before they are called failed.
  for (const job of all) if (problems[job.one.id]?.every(isOfTime)) await attemptOne(job);
  await sandbox.close();
  const left = runFolders();
  if (left.length > 0) problems["folders left"] = left;
  return problems;
}

/** What a machine that has too much to do can be the reason of; the last line only shows the outcome. */
function isOfTime(problem: string): boolean {
  return /^(limit is wall|server_lag_ms_max|wall_ms_max|stdout is "\d\\n|\{)/.test(problem);
}

if (import.meta.main)
  console.log(JSON.stringify(await corpusProblems(process.argv[2] as Level, process.argv[3] as Share)));

// Runs the whole corpus at one level, several programs at once, and answers what is not as it should be. As a
// program it prints that: so it can be run as another user.
import { randomBytes } from "node:crypto";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { Level } from "../../src/sandbox/isolation.ts";
import { Sandbox } from "../../src/sandbox/sandbox.ts";
import { makeTargets } from "../harness/targets.ts";
import { moreAttacks } from "./sandbox-attacks.ts";
import { adversarialCases, benignCases, type Case, runFolders, tryAttack, tryBenign } from "./sandbox-corpus.ts";

const AT_ONCE = 5;

export async function corpusProblems(level: Level): Promise<Record<string, string[]>> {
  const sandbox = new Sandbox(runtime, systemClock);
  await using targets = await makeTargets(`cadre-marker-${randomBytes(6).toString("hex")}`);
  const problems: Record<string, string[]> = {};
  const jobs: (() => Promise<void>)[] = [];
  const add = (cases: readonly Case[], attempt: typeof tryBenign) => {
    for (const one of cases) {
      jobs.push(async () => {
        const found = await attempt(sandbox, one, targets, level).catch((cause: unknown) => [String(cause)]);
        if (found.length > 0) problems[one.id] = found;
      });
    }
  };
  add(benignCases, tryBenign);
  add([...adversarialCases, ...moreAttacks], tryAttack);
  const next = async () => {
    for (let job = jobs.shift(); job; job = jobs.shift()) await job();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
  // Where the machine is busy, time may end what another limit would have ended: those get it for themselves.
  for (const one of [...adversarialCases, ...moreAttacks]) {
    if (problems[one.id]?.[0] !== "limit is wall") continue;
    delete problems[one.id];
    const again = await tryAttack(sandbox, one, targets, level);
    if (again.length > 0) problems[one.id] = again;
  }
  await sandbox.close();
  const left = runFolders();
  if (left.length > 0) problems["folders left"] = left;
  return problems;
}

if (import.meta.main) console.log(JSON.stringify(await corpusProblems(process.argv[2] as Level)));

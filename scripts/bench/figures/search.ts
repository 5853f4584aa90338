import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { randomIds } from "../../../src/base/ids.ts";
import { openRooms } from "../../../src/rooms.ts";
import { runtime } from "../../../src/runtime/current.ts";
import { openStore } from "../../../src/store/open.ts";
import { PostgresServer } from "../../../tests/contract/postgres-database.ts";
import { deathless } from "../../../tests/harness/deathless.ts";
import { here } from "../../../tests/harness/here.ts";
import { median, percentile } from "../measure.ts";
import type { Bench } from "../programs.ts";
import type { Row } from "../row.ts";
import { StdioPeer } from "../stdio-peer.ts";

const TASKS = 100;
const PER_TASK = 100;
const ARTIFACTS = TASKS * PER_TASK;
const LINES = 32;
const SEARCHES = 60;
/** In one artifact of all, in one of a hundred, in every one; and two words of which each is in every fifth. */
const WORDS = { rare: "unrepeatable", medium: "quarterly", common: "settings", two: "migration rollback" } as const;

/** Words in artifacts of about two kilobytes, on a file and, where a server answers, on PostgreSQL. */
export async function search(bench: Bench): Promise<Row[]> {
  const place = bench.place();
  const file = join(place.home, "cadre.db");
  mkdirSync(dirname(file), { recursive: true });
  const rows = await searches(bench, { place, db: file, engine: "SQLite" });
  const server = await PostgresServer.open();
  if (!server) return rows;
  try {
    return [...rows, ...(await searches(bench, { place: bench.place(), db: server.url, engine: "PostgreSQL" }))];
  } finally {
    await server.close();
  }
}

interface Searched {
  readonly place: ReturnType<Bench["place"]>;
  readonly db: string;
  readonly engine: string;
}

async function searches(bench: Bench, { place, db, engine }: Searched): Promise<Row[]> {
  await fillWith(db, place.cwd);
  await using peer = new StdioPeer({ path: await bench.program("cadre"), args: ["--db", db], ...place });
  await peer.greet();
  const find = (text: string) => peer.call("artifact_list", { text });
  // The first search reads everything into the index, in as many calls as that takes.
  for (let answer = "behind"; answer.includes("behind"); ) answer = await find(WORDS.rare);
  const rows: Row[] = [];
  for (const [kind, words] of Object.entries(WORDS)) {
    const times: number[] = [];
    for (let done = 0; done < SEARCHES; done++) {
      const started = performance.now();
      await find(words);
      times.push(performance.now() - started);
    }
    rows.push({
      figure: `${SAID[kind as keyof typeof WORDS]}, ${engine}, p50`,
      unit: "ms",
      ours: median(times),
      target: { of: "ours", kind: "at most", bound: 20 },
      note: `Among ${ARTIFACTS.toLocaleString("en-US")} artifacts of 2 kB, over stdio; its p99 is ${percentile(times, 99).toFixed(1)} ms.`,
    });
  }
  return rows;
}

const SAID: Record<keyof typeof WORDS, string> = {
  rare: "search for a word of one artifact",
  medium: "search for a word of one in a hundred",
  common: "search for a word of all",
  two: "search for two words",
};

/** Ten thousand artifacts, put there as a task's completion does, but without their files in the project. */
async function fillWith(db: string, project: string): Promise<void> {
  const sql = await openStore({ runtime, clock: systemClock, db, profile: "default", keepCopy: async () => {} });
  const rooms = openRooms({ ...here, sql, clock: systemClock, ids: randomIds, liveness: deathless });
  const titles = Array.from({ length: TASKS }, (_, at) => ({ title: `Task ${at}` }));
  const { tasks } = await rooms.plans.make(project, { title: "Kept" }, titles, { client: "bench" });
  const workspace_id = (await rooms.workspaces.find(project))?.id ?? "";
  for (const [at, task] of tasks.entries()) {
    await Promise.all(
      Array.from({ length: PER_TASK }, (_, part) => {
        const number = at * PER_TASK + part;
        const artifact = {
          id: randomIds.next("artifact"),
          workspace_id,
          task_id: task.id,
          name: `part-${part}.md`,
          type: "documentation",
          mime: "text/markdown",
          title: `Report ${number}`,
          files: [],
          now: systemClock.now(),
          text: textOf(number),
        } as const;
        return sql.write(() => rooms.artifacts.keep(artifact));
      }),
    );
  }
  await rooms.close();
  await sql.close();
}

const VOCABULARY = Array.from({ length: 4_000 }, (_, at) => `word${at.toString(36)}`);

/** Two kilobytes in which some words are rare and some are not. */
function textOf(number: number): string {
  const lines = Array.from({ length: LINES }, (_, line) =>
    Array.from({ length: 8 }, (_, at) => VOCABULARY[(number * 31 + line * 17 + at * 7) % VOCABULARY.length]).join(" "),
  );
  return [
    "These settings were moved.",
    ...(number === ARTIFACTS / 2 ? ["An unrepeatable line."] : []),
    ...(number % 100 === 0 ? ["The quarterly numbers."] : []),
    ...(number % 5 === 0 ? ["The migration of it."] : []),
    ...(number % 5 === 0 ? ["Its rollback too."] : []),
    ...lines,
  ].join("\n");
}

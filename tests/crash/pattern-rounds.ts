// kill -9 of a server that works on runs of several patterns at once. Each comes to what it would have come to, and of no
// step there are two answers.
import { systemClock } from "../../src/base/clock.ts";
import { until } from "../harness/condition.ts";
import { openDatabase } from "../harness/database.ts";
import { tempFolder } from "../harness/folder.ts";
import { answerAll, mockModels } from "../harness/models.ts";
import { PATTERN_QUESTIONS } from "../harness/pattern-questions.ts";
import { Random } from "../harness/random.ts";
import { AgentPlace, beginRun, kill, openRuns } from "./agent-server.ts";

export interface PatternReport {
  readonly kills: number;
  /** Patterns whose run did not complete, and why. */
  readonly failed: string[];
  /** Steps of which there are two answers. */
  readonly again: string[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

const LIVES_MS = [700, 1_800] as const;
const LATENCY_MS = 60;
const ENDED_MS = 240_000;

export async function patternRounds(
  kills: number,
  seed: string,
  patterns: readonly string[] = Object.keys(PATTERN_QUESTIONS),
): Promise<PatternReport> {
  using folder = tempFolder();
  const random = new Random(seed);
  await using models = await mockModels();
  answerAll(models.mock, undefined, { latency: LATENCY_MS });
  const place = new AgentPlace(folder.path, models);
  let server = await place.start();
  const ids = new Map<string, string>();
  for (const pattern of patterns) ids.set(await beginRun(server, pattern, PATTERN_QUESTIONS[pattern] ?? {}), pattern);
  const sql = await openDatabase(place.database);
  let killed = 0;
  while (killed < kills && (await openRuns(sql)) > 0) {
    await systemClock.sleep(random.int(...LIVES_MS));
    await kill(server);
    killed++;
    server = await place.start();
  }
  await until(async () => (await openRuns(sql)) === 0, "the runs have ended", ENDED_MS);
  await kill(server);
  const runs = await sql.all<{ id: string; status: string; output: string | null; error: string | null }>(
    "SELECT id, status, output, error FROM run WHERE parent_id IS NULL",
  );
  const again = await sql.all<{ run_id: string; step: string }>(
    "SELECT run_id, step FROM reply WHERE status = 'completed' GROUP BY run_id, step HAVING count(*) > 1",
  );
  await sql.close();
  const nameOf = (id: string) => ids.get(id) ?? id;
  return {
    kills: killed,
    failed: runs.flatMap(({ id, status, error }) =>
      status === "completed" ? [] : [`${nameOf(id)}: ${status} ${error}`],
    ),
    again: again.map(({ run_id, step }) => `${nameOf(run_id)} ${step}`),
    outputs: Object.fromEntries(
      runs.map(({ id, output }) => [nameOf(id), withoutIds(JSON.parse(output ?? "null"))] as const).sort(),
    ),
  };
}

/** Documents are named by ids that no two runs share. */
function withoutIds(output: Record<string, unknown>): unknown {
  const { document: _document, ...rest } = output;
  return rest;
}

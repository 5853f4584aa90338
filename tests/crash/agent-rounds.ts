// kill -9 of a server whose agents are being answered, until their run has ended. What was said is never lost, what was
// paid for is never asked for again, and an answer that broke off goes on where it was.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import type { ReplyRow } from "../../src/store/replies.ts";
import type { Sql } from "../../src/store/sql.ts";
import { until } from "../harness/condition.ts";
import { openDatabase } from "../harness/database.ts";
import { tempFolder } from "../harness/folder.ts";
import { mockModels } from "../harness/models.ts";
import { Random } from "../harness/random.ts";
import { AgentPlace, beginRun, kill, openRuns } from "./agent-server.ts";

export interface AgentReport {
  readonly status: string;
  readonly agents: number;
  readonly kills: number;
  /** Answers that went on with one that broke off. */
  readonly continued: number;
  /** Agents whose text is not what the model said. */
  readonly wrong: string[];
  /** Agents that were asked again after their answer was whole. */
  readonly again: string[];
  /** Answers of which something was on disk and is not in their text. */
  readonly lost: string[];
}

interface Rounds {
  readonly agents: number;
  readonly kills: number;
  readonly seed: string;
  /** The program; by itself from source. */
  readonly program?: readonly string[];
}

const WORKFLOW = `name: Many
description: Has many agents write at once
inputs:
  agents: { type: number, description: How many }
output: \${steps.all.map((one) => one.text)}
steps:
  - id: all
    map:
      over: "\${Array.from({ length: inputs.agents }, (_one, at) => at)}"
      concurrency: 64
      steps:
        - id: one
          retry: { attempts: 20, first: 1ms, most: 50ms }
          timeout: 10m
          agent: { prompt: "Agent number \${item} writes." }
`;
const SENTENCES = 400;
const TEXT_KEPT_MIN = 200;
const SPEAKS_MS = 60_000;
/** How long they are left alone when one of them has said enough to go on with. */
const LIVES_MS = [0, 400] as const;

/** What the model says to each, and how fast. */
function textOf(agent: number): string {
  return Array.from({ length: SENTENCES }, (_one, at) => `Agent ${agent} says sentence ${at}.`).join(" ");
}

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
}

function saidIn(content: unknown): string {
  if (typeof content === "string") return content;
  return Array.isArray(content) ? content.map((part: { text?: string }) => part.text ?? "").join("") : "";
}

export async function agentRounds({ agents, kills, seed, program }: Rounds): Promise<AgentReport> {
  using folder = tempFolder();
  const random = new Random(seed);
  await using models = await mockModels();
  models.mock.on(
    {},
    (request) => {
      const { messages } = request as unknown as Asked;
      const texts = messages.map(({ content }) => saidIn(content));
      const agent = Number(/Agent number (\d+) writes/.exec(texts.join("\n"))?.[1]);
      const said = messages.find(({ role }) => role === "assistant");
      const whole = textOf(agent);
      const before = said ? saidIn(said.content) : "";
      return { content: before === "" ? whole : whole.slice(before.length) };
    },
    { chunkSize: 20, latency: 8 },
  );
  const place = new AgentPlace(folder.path, models, program);
  writeFileSync(join(place.home, "workflows", "many.yaml"), WORKFLOW);
  let server = await place.start();
  const id = await beginRun(server, "many", { agents });
  const sql = await openDatabase(place.database);
  const kept = new Map<string, string>();
  let killed = 0;
  while (killed < kills && (await openRuns(sql)) > 0) {
    await until(async () => (await isHeard(sql, kept)) || (await openRuns(sql)) === 0, "somebody is heard", SPEAKS_MS);
    await systemClock.sleep(random.int(...LIVES_MS));
    await kill(server);
    killed++;
    for (const [reply, text] of await onDisk(sql)) kept.set(reply, text);
    server = await place.start();
  }
  await until(async () => (await openRuns(sql)) === 0, "the run has ended", 120_000);
  await kill(server);
  const report = await look(sql, id, agents, killed, kept);
  await sql.close();
  return report;
}

/** Whether somebody has said enough who was not heard before the last death: a run that never gets on is given up. */
async function isHeard(sql: Sql, before: ReadonlyMap<string, string>): Promise<boolean> {
  const said = await sql.all<{ id: string; chars: number }>(
    `SELECT p.reply_id AS id, sum(length(p.text)) AS chars FROM reply_piece p JOIN reply r ON r.id = p.reply_id
     WHERE r.status = 'open' GROUP BY p.reply_id`,
  );
  return said.some(({ id, chars }) => !before.has(id) && chars >= TEXT_KEPT_MIN);
}

/** Of each answer that is open, what can be read of it. */
async function onDisk(sql: Sql): Promise<[string, string][]> {
  const open = await sql.all<ReplyRow>("SELECT * FROM reply WHERE status = 'open'");
  return Promise.all(
    open.map(async ({ id, text }): Promise<[string, string]> => {
      const pieces = await sql.all<{ text: string }>("SELECT text FROM reply_piece WHERE reply_id = ?1 ORDER BY n", [
        id,
      ]);
      return [id, text + pieces.map((piece) => piece.text).join("")];
    }),
  );
}

async function look(
  sql: Sql,
  id: string,
  agents: number,
  kills: number,
  kept: ReadonlyMap<string, string>,
): Promise<AgentReport> {
  const [run] = await sql.all<{ status: string; output: string | null }>(
    "SELECT status, output FROM run WHERE id = ?1",
    [id],
  );
  const rows = await sql.all<ReplyRow>("SELECT * FROM reply ORDER BY seq");
  const texts = JSON.parse(run?.output ?? "[]") as string[];
  const numbers = Array.from({ length: agents }, (_one, at) => at);
  const byAgent = Map.groupBy(rows, ({ agent }) => agent);
  return {
    status: run?.status ?? "gone",
    agents,
    kills,
    continued: rows.filter(({ status, text }, at) => status === "completed" && isContinued(rows, at, text)).length,
    wrong: numbers.filter((agent) => texts[agent] !== textOf(agent)).map((agent) => `${agent}: ${texts[agent]}`),
    again: [...byAgent].flatMap(([agent, own]) => (own.findIndex(isWhole) === own.length - 1 ? [] : [agent])),
    lost: [...kept].flatMap(([reply, text]) => (rows.find((row) => row.id === reply)?.text === text ? [] : [reply])),
  };
}

function isWhole({ status }: ReplyRow): boolean {
  return status === "completed";
}

/** An earlier one of the same step was cut, and enough of it was there. */
function isContinued(rows: readonly ReplyRow[], at: number, text: string): boolean {
  const { step } = rows[at] ?? {};
  const before = rows.slice(0, at).findLast((row) => row.step === step && row.status === "cut");
  return before !== undefined && before.text.length >= TEXT_KEPT_MIN && text.startsWith(before.text);
}

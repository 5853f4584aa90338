// kill -9 of a server whose agents are being answered, until their run has ended. What was said is never lost, what was
// paid for is never asked for again, and an answer that broke off goes on where it was.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import type { ReplyRow } from "../../src/store/replies.ts";
import type { Sql } from "../../src/store/sql.ts";
import { until } from "../harness/condition.ts";
import { openDatabase } from "../harness/database.ts";
import { tempFolder } from "../harness/folder.ts";
import { mockModels } from "../harness/models.ts";
import { originOf, startCommand, startProcess } from "../harness/process.ts";
import { Random } from "../harness/random.ts";

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
const SENTENCES = 150;
const TEXT_KEPT_MIN = 200;
const LIVES_MS = [600, 1_500] as const;

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
  const home = join(folder.path, "home");
  mkdirSync(join(home, "workflows"), { recursive: true, mode: 0o700 });
  models.writeFile(join(home, "models.yaml"));
  writeFileSync(join(home, "workflows", "many.yaml"), WORKFLOW);
  const start = async () => {
    const args = ["--http", "0", "--home", home, "--open"];
    const child = program
      ? startCommand([...program, ...args], { cwd: folder.path })
      : startProcess(args, { cwd: folder.path });
    return Object.assign(child, { origin: await originOf(child) });
  };
  let server = await start();
  const begun = await fetch(`${server.origin}/v1/run/start`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ workflow: "many", inputs: { agents }, wait: "0s" }),
  });
  const { id } = (await begun.json()) as { id: string };
  const sql = await openDatabase(join(home, "cadre.db"));
  const kept = new Map<string, string>();
  let killed = 0;
  while (killed < kills && !(await isOver(sql, id))) {
    await systemClock.sleep(random.int(...LIVES_MS));
    server.signal("SIGKILL");
    await server.exited;
    killed++;
    for (const [reply, text] of await onDisk(sql)) kept.set(reply, text);
    server = await start();
  }
  await until(() => isOver(sql, id), "the run has ended", 120_000);
  server.signal("SIGKILL");
  await server.exited;
  const report = await look(sql, id, agents, killed, kept);
  await sql.close();
  return report;
}

async function isOver(sql: Sql, id: string): Promise<boolean> {
  const [row] = await sql.all<{ ended_ms: number | null }>("SELECT ended_ms FROM run WHERE id = ?1", [id]);
  return (row?.ended_ms ?? null) !== null;
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

// Answers of models. Invariant: the row is there before the model is asked, pieces are added in order while it is
// open, and it is ended once, by whoever asked or, when that process has died, by whoever asks again.
import { type Part, type Row, run, type Sql } from "./sql.ts";

export type ReplyStatus = "open" | "completed" | "cut" | "failed";

export interface ReplyRow {
  readonly seq: number;
  readonly id: string;
  readonly run_id: string;
  readonly root_id: string;
  readonly workspace_id: string | null;
  readonly workflow: string;
  readonly step: string;
  readonly agent: string;
  readonly provider: string;
  readonly model: string;
  readonly status: ReplyStatus;
  readonly text: string;
  readonly input_tokens: number | null;
  readonly cached_tokens: number | null;
  readonly output_tokens: number | null;
  readonly cost_nano: number | null;
  readonly price: string | null;
  readonly is_estimate: number;
  readonly error: string | null;
  readonly created_ms: number;
  readonly first_ms: number | null;
  readonly ended_ms: number | null;
  /** Characters of an answer that broke off, with which this one went on. */
  readonly kept: number;
  /** All of it, until the next of its agent begins: by then its step is remembered. */
  readonly answer: string | null;
}

export type NewReply = Pick<
  ReplyRow,
  | "id"
  | "run_id"
  | "root_id"
  | "workspace_id"
  | "workflow"
  | "step"
  | "agent"
  | "provider"
  | "model"
  | "text"
  | "kept"
  | "created_ms"
>;

export type ReplyEnd = Pick<
  ReplyRow,
  | "status"
  | "text"
  | "input_tokens"
  | "cached_tokens"
  | "output_tokens"
  | "cost_nano"
  | "price"
  | "is_estimate"
  | "error"
  | "first_ms"
  | "ended_ms"
  | "answer"
>;

export interface ReplyPiece {
  readonly reply_id: string;
  readonly n: number;
  readonly kind: "text" | "thought";
  readonly text: string;
  readonly at_ms: number;
}

export function* insertReply(reply: NewReply): Part<void> {
  yield* run("UPDATE reply SET answer = NULL WHERE run_id = ?1 AND agent = ?2 AND answer IS NOT NULL", [
    reply.run_id,
    reply.agent,
  ]);
  yield* run(
    `INSERT INTO reply (id, run_id, root_id, workspace_id, workflow, step, agent, provider, model, status, text, kept,
       created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 'open', ?10, ?11, ?12)`,
    [
      reply.id,
      reply.run_id,
      reply.root_id,
      reply.workspace_id,
      reply.workflow,
      reply.step,
      reply.agent,
      reply.provider,
      reply.model,
      reply.text,
      reply.kept,
      reply.created_ms,
    ],
  );
}

/** Of replies that are gone with their run, nothing is kept. */
export function* insertPieces(pieces: readonly ReplyPiece[]): Part<void> {
  for (const { reply_id, n, kind, text, at_ms } of pieces) {
    yield* run(
      `INSERT INTO reply_piece (reply_id, n, kind, text, at_ms)
       SELECT id, ?2, ?3, ?4, ?5 FROM reply WHERE id = ?1 AND status = 'open'
       ON CONFLICT (reply_id, n) DO NOTHING`,
      [reply_id, n, kind, text, at_ms],
    );
  }
}

/** False when it is over already. What was said as it came is in its text then. */
export function* endReply(id: string, end: ReplyEnd): Part<boolean> {
  const rows = yield* run(
    `UPDATE reply SET status = ?2, text = ?3, input_tokens = ?4, cached_tokens = ?5, output_tokens = ?6, cost_nano = ?7,
       price = ?8, is_estimate = ?9, error = ?10, first_ms = ?11, ended_ms = ?12, answer = ?13
     WHERE id = ?1 AND status = 'open' RETURNING id`,
    [
      id,
      end.status,
      end.text,
      end.input_tokens,
      end.cached_tokens,
      end.output_tokens,
      end.cost_nano,
      end.price,
      end.is_estimate,
      end.error,
      end.first_ms,
      end.ended_ms,
      end.answer,
    ],
  );
  if (rows.length > 0) yield* run("DELETE FROM reply_piece WHERE reply_id = ?1", [id]);
  return rows.length > 0;
}

/** Of one step, those that came to nothing, the newest first. */
export async function readUnfinished(sql: Sql, runId: string, step: string): Promise<ReplyRow[]> {
  return sql.all<ReplyRow>(
    `SELECT * FROM reply WHERE run_id = ?1 AND step = ?2 AND status IN ('open', 'cut') ORDER BY seq DESC LIMIT 10`,
    [runId, step],
  );
}

/** The answer to a step that was whole when whoever asked has died. */
export async function readWhole(sql: Sql, runId: string, step: string): Promise<string | undefined> {
  const [row] = await sql.all<Pick<ReplyRow, "answer">>(
    `SELECT answer FROM reply WHERE run_id = ?1 AND step = ?2 AND status = 'completed' AND answer IS NOT NULL
     ORDER BY seq DESC LIMIT 1`,
    [runId, step],
  );
  return row?.answer ?? undefined;
}

export async function readPieces(sql: Sql, replyId: string, after = 0): Promise<ReplyPiece[]> {
  return sql.all<ReplyPiece>("SELECT * FROM reply_piece WHERE reply_id = ?1 AND n > ?2 ORDER BY n", [replyId, after]);
}

export interface Spent {
  readonly cost_nano: number;
  readonly tokens: number;
  /** Replies whose price nobody knows. */
  readonly unknown: number;
  readonly replies: number;
}

const SPENT = `coalesce(sum(cost_nano), 0) AS cost_nano,
  coalesce(sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)), 0) AS tokens,
  coalesce(sum(CASE WHEN status <> 'open' AND cost_nano IS NULL AND output_tokens IS NOT NULL THEN 1 ELSE 0 END), 0) AS unknown,
  count(*) AS replies`;

/** Of a run with all that it started. */
export async function readSpent(sql: Sql, rootId: string): Promise<Spent> {
  const [row] = await sql.all<Row>(`SELECT ${SPENT} FROM reply WHERE root_id = ?1`, [rootId]);
  return spentOf(row);
}

function spentOf(row: Row | undefined): Spent {
  const { cost_nano, tokens, unknown, replies } = row ?? {};
  return { cost_nano: Number(cost_nano), tokens: Number(tokens), unknown: Number(unknown), replies: Number(replies) };
}

export interface AgentSpent extends Spent {
  readonly run_id: string;
  readonly agent: string;
  readonly model: string;
  readonly open: number;
  readonly since_ms: number;
}

/** Of a run with all that it started, agent by agent, as they began. */
export async function readAgents(sql: Sql, rootId: string, rowsMax: number): Promise<AgentSpent[]> {
  const rows = await sql.all<Row>(
    `SELECT run_id, agent, max(provider || ':' || model) AS model, min(created_ms) AS since_ms, min(seq) AS first_seq,
       sum(CASE WHEN status = 'open' THEN 1 ELSE 0 END) AS open, ${SPENT}
     FROM reply WHERE root_id = ?1 GROUP BY run_id, agent ORDER BY first_seq LIMIT ?2`,
    [rootId, rowsMax],
  );
  return rows.map((row) => ({
    ...spentOf(row),
    run_id: String(row["run_id"]),
    agent: String(row["agent"]),
    model: String(row["model"]),
    open: Number(row["open"]),
    since_ms: Number(row["since_ms"]),
  }));
}

/** Of a run with all that it started, the last of each agent that still says something. */
export async function readOpenReplies(sql: Sql, rootId: string): Promise<ReplyRow[]> {
  return sql.all<ReplyRow>("SELECT * FROM reply WHERE root_id = ?1 AND status = 'open' ORDER BY seq", [rootId]);
}

/** By what costs may be put together. */
export const COST_KEYS = ["day", "model", "workflow", "run"] as const;
export type CostKey = (typeof COST_KEYS)[number];

const DAY_MS = 86_400_000;

export interface CostRow extends Spent {
  readonly key: string;
  readonly input_tokens: number;
  readonly output_tokens: number;
}

/** The dearest first; days in their order. */
export async function readCosts(
  sql: Sql,
  by: CostKey,
  { workspace_id, since_ms }: { readonly workspace_id: string | undefined; readonly since_ms: number },
  rowsMax: number,
): Promise<CostRow[]> {
  const key = {
    day: `CAST(created_ms / ${DAY_MS} AS TEXT)`,
    model: "provider || ':' || model",
    workflow: "workflow",
    run: "root_id",
  }[by];
  const mine = workspace_id === undefined ? "" : "AND workspace_id = ?3";
  const rows = await sql.all<Row>(
    `SELECT ${key} AS key, coalesce(sum(input_tokens), 0) AS input_tokens,
       coalesce(sum(output_tokens), 0) AS output_tokens, ${SPENT}
     FROM reply WHERE created_ms >= ?1 ${mine}
     GROUP BY ${key} ORDER BY ${by === "day" ? key : "coalesce(sum(cost_nano), 0)"} DESC LIMIT ?2`,
    workspace_id === undefined ? [since_ms, rowsMax] : [since_ms, rowsMax, workspace_id],
  );
  return rows.map((row) => ({
    ...spentOf(row),
    key: by === "day" ? new Date(Number(row["key"]) * DAY_MS).toISOString().slice(0, 10) : String(row["key"]),
    input_tokens: Number(row["input_tokens"]),
    output_tokens: Number(row["output_tokens"]),
  }));
}

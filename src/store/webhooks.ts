// Who is told of events, what is to be told, and how that went.
import { type Part, type Row, run, type Sql } from "./sql.ts";

export interface WebhookRow {
  readonly seq: number;
  readonly id: string;
  readonly workspace_id: string | null;
  readonly url: string;
  /** JSON. */
  readonly types: string;
  readonly subject: string | null;
  /** The id of its run in the words of the earlier research server, in which it is told. */
  readonly classic_id: string | null;
  readonly after_seq: number;
  readonly failures: number;
  readonly rests_until_ms: number;
  readonly ended_ms: number | null;
  readonly created_ms: number;
}

export type NewWebhook = Omit<WebhookRow, "seq" | "failures" | "rests_until_ms" | "ended_ms">;

export interface DeliveryRow {
  readonly seq: number;
  readonly id: string;
  readonly webhook_id: string;
  readonly event_seq: number;
  readonly type: string;
  readonly body: string;
  readonly status: "waiting" | "delivered" | "dead";
  readonly attempt: number;
  readonly next_ms: number;
  readonly http_status: number | null;
  readonly problem: string | null;
  readonly created_ms: number;
  readonly ended_ms: number | null;
}

export type NewDelivery = Pick<DeliveryRow, "id" | "webhook_id" | "event_seq" | "type" | "body" | "created_ms">;

export function* insertWebhook(row: NewWebhook): Part<void> {
  yield* run(
    `INSERT INTO webhook (id, workspace_id, url, types, subject, classic_id, after_seq, created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)`,
    [row.id, row.workspace_id, row.url, row.types, row.subject, row.classic_id, row.after_seq, row.created_ms],
  );
}

export function* deleteWebhook(id: string): Part<WebhookRow | undefined> {
  return (yield* run<WebhookRow & Row>("DELETE FROM webhook WHERE id = ?1 RETURNING *", [id]))[0];
}

export async function readWebhooks(sql: Sql): Promise<WebhookRow[]> {
  return sql.all<WebhookRow>("SELECT * FROM webhook ORDER BY seq");
}

/** False when somebody else has looked through the log since. */
export function* moveWebhook({ id, after_seq }: Pick<WebhookRow, "id" | "after_seq">, to: number): Part<boolean> {
  const rows = yield* run("UPDATE webhook SET after_seq = ?3 WHERE id = ?1 AND after_seq = ?2 RETURNING id", [
    id,
    after_seq,
    to,
  ]);
  return rows.length > 0;
}

export function* insertDelivery(row: NewDelivery): Part<void> {
  yield* run(
    `INSERT INTO webhook_delivery (id, webhook_id, event_seq, type, body, status, next_ms, created_ms)
     VALUES (?1, ?2, ?3, ?4, ?5, 'waiting', ?6, ?6)`,
    [row.id, row.webhook_id, row.event_seq, row.type, row.body, row.created_ms],
  );
}

/** Taken for a while: who dies over one leaves it to somebody else. */
export function* takeDeliveries(now: number, untilMs: number, rowsMax: number): Part<DeliveryRow[]> {
  return yield* run<DeliveryRow & Row>(
    `WITH due AS MATERIALIZED (
       SELECT d.seq AS taken FROM webhook_delivery d
       JOIN webhook w ON w.id = d.webhook_id
       WHERE d.status = 'waiting' AND d.next_ms <= ?1 AND w.rests_until_ms <= ?1 AND w.ended_ms IS NULL
       ORDER BY d.next_ms LIMIT ?3
     )
     UPDATE webhook_delivery SET attempt = attempt + 1, next_ms = ?2
     FROM due WHERE seq = due.taken AND status = 'waiting' AND next_ms <= ?1
     RETURNING *`,
    [now, untilMs, rowsMax],
  );
}

export type DeliveryEnd = Pick<DeliveryRow, "status" | "next_ms" | "http_status" | "problem" | "ended_ms">;

/** Nothing when its webhook was deleted meanwhile, or somebody else has tried it since. */
export function* endDelivery({ id, attempt }: Pick<DeliveryRow, "id" | "attempt">, end: DeliveryEnd): Part<void> {
  yield* run(
    `UPDATE webhook_delivery SET status = ?3, next_ms = ?4, http_status = ?5, problem = ?6, ended_ms = ?7
     WHERE id = ?1 AND attempt = ?2 AND status = 'waiting'`,
    [id, attempt, end.status, end.next_ms, end.http_status, end.problem, end.ended_ms],
  );
}

export function* setWebhookHealth(
  id: string,
  { failures, rests_until_ms, ended_ms }: Pick<WebhookRow, "failures" | "rests_until_ms" | "ended_ms">,
): Part<void> {
  yield* run("UPDATE webhook SET failures = ?2, rests_until_ms = ?3, ended_ms = ?4 WHERE id = ?1", [
    id,
    failures,
    rests_until_ms,
    ended_ms,
  ]);
}

export async function nextDelivery(sql: Sql): Promise<number | undefined> {
  const [row] = await sql.all<{ next: number | null }>(
    `SELECT min(d.next_ms) AS next FROM webhook_delivery d JOIN webhook w ON w.id = d.webhook_id
     WHERE d.status = 'waiting' AND w.ended_ms IS NULL`,
  );
  return row?.next ?? undefined;
}

/** Begins again with those that were given up: of one webhook, or one alone. */
export function* replayDeliveries(webhookId: string, delivery: string | undefined, now: number): Part<number> {
  const which = delivery === undefined ? "status = 'dead'" : "status <> 'waiting' AND id = ?3";
  const rows = yield* run(
    `UPDATE webhook_delivery SET status = 'waiting', attempt = 0, next_ms = ?2, ended_ms = NULL
     WHERE webhook_id = ?1 AND ${which} RETURNING id`,
    delivery === undefined ? [webhookId, now] : [webhookId, now, delivery],
  );
  return rows.length;
}

export interface DeliveryCounts {
  readonly webhook_id: string;
  readonly status: DeliveryRow["status"];
  readonly number: number;
}

export async function countDeliveries(sql: Sql): Promise<DeliveryCounts[]> {
  const rows = await sql.all<DeliveryCounts>(
    "SELECT webhook_id, status, count(*) AS number FROM webhook_delivery GROUP BY webhook_id, status",
  );
  return rows.map((row) => ({ ...row, number: Number(row.number) }));
}

export async function readDeliveries(sql: Sql, webhookId: string, rowsMax: number): Promise<DeliveryRow[]> {
  return sql.all<DeliveryRow>("SELECT * FROM webhook_delivery WHERE webhook_id = ?1 ORDER BY seq DESC LIMIT ?2", [
    webhookId,
    rowsMax,
  ]);
}

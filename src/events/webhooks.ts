// Tells others of events by HTTP. The log is the outbox: an event that is in it is told, however often the process
// dies in between; what is told twice has the same id. Invariant: of each event and webhook there is one delivery.
import type { Clock } from "../base/clock.ts";
import { AppError, toAppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import {
  WEBHOOK_CLASSIC_MS,
  WEBHOOK_EVENTS_MAX,
  WEBHOOK_FAILURES_MAX,
  WEBHOOK_MS,
  WEBHOOK_TAKEN_MS,
  WEBHOOKS_AT_ONCE,
  WEBHOOKS_MAX,
} from "../base/limits.ts";
import { redactText } from "../base/redact.ts";
import { type AllowedNetworks, checkedUrl } from "../net/allowed-networks.ts";
import { type Posted, postText } from "../net/guarded-post.ts";
import { EventReader, type EventRow, firstUnseen, matches } from "../store/events.ts";
import type { Sql } from "../store/sql.ts";
import {
  countDeliveries,
  type DeliveryRow,
  deleteWebhook,
  endDelivery,
  insertDelivery,
  insertWebhook,
  moveWebhook,
  nextDelivery,
  readDeliveries,
  readWebhooks,
  replayDeliveries,
  setWebhookHealth,
  takeDeliveries,
  type WebhookRow,
} from "../store/webhooks.ts";
import type { Delivery, Webhook } from "./webhook-shown.ts";
import { signedHeaders, webhookSecret } from "./webhook-signature.ts";

interface WebhooksParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly networks: AllowedNetworks;
  /** An event in the words of the earlier research server; undefined for what had none there. */
  classicBody(event: EventRow, id: string): string | undefined;
  /** From which the secret of each webhook follows. */
  key(): string;
  /** Of what goes wrong where nobody waits. */
  complain(cause: unknown): void;
}

/** The pause after each try, as others make them; after the last one nobody tries any more. */
const PAUSES_MS = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];
/** As the earlier research server tried. */
const CLASSIC_PAUSES_MS = [1_000, 2_000, 4_000];
const REST_MS = 30_000;
const REST_MS_MAX = 3_600_000;
/** For what others have committed; what is committed here is looked at soon, all of a moment together. */
const LOOK_MS = 5_000;
const SOON_MS = 50;
const GONE = 410;
const SHOWN_MAX = 20;

export class Webhooks {
  readonly #parts: WebhooksParts;
  readonly #stop = new AbortController();
  #reader: EventReader | undefined;
  #working: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #hasHooks = false;

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
  }

  /** Throws what is wrong with an address; else how far the log goes, for one that is to hear of all that follows. */
  async before(url: string): Promise<number> {
    checkedUrl(url, this.#parts.networks, "webhook_networks");
    return firstUnseen(this.#parts.sql);
  }

  async create(
    workspaceId: string | null,
    {
      url,
      types,
      subject,
      afterSeq,
      classicId,
    }: Pick<Webhook, "url" | "types" | "subject"> & {
      readonly afterSeq?: number | undefined;
      /** It is told in the words of the earlier research server, of a run that it knows by this id. */
      readonly classicId?: string | undefined;
    },
  ): Promise<Webhook & { secret: string }> {
    const { sql, clock, ids, networks, key } = this.#parts;
    const checked = checkedUrl(url, networks, "webhook_networks");
    const known = await readWebhooks(sql);
    if (known.length >= WEBHOOKS_MAX) {
      throw new AppError("too_large", `cannot add a webhook: there are ${WEBHOOKS_MAX}`, {
        hint: "Delete one first with webhook_delete.",
      });
    }
    const row = {
      id: ids.next("webhook"),
      workspace_id: workspaceId,
      url: checked.href,
      types: JSON.stringify(types),
      subject: subject ?? null,
      classic_id: classicId ?? null,
      after_seq: afterSeq ?? (await firstUnseen(sql)),
      created_ms: clock.now(),
    };
    this.#hasHooks = true;
    await sql.write(() => insertWebhook(row));
    const shown = shownWebhook({ ...row, seq: 0, failures: 0, rests_until_ms: 0, ended_ms: null }, new Map());
    return { ...shown, secret: webhookSecret(key(), row.id) };
  }

  async list(workspaceId: string | undefined): Promise<Webhook[]> {
    const rows = await readWebhooks(this.#parts.sql);
    const counts = new Map(
      (await countDeliveries(this.#parts.sql)).map(({ webhook_id, status, number }) => [
        `${webhook_id} ${status}`,
        number,
      ]),
    );
    const wanted = rows.filter(({ workspace_id }) => workspace_id === null || workspace_id === workspaceId);
    return wanted.map((row) => shownWebhook(row, counts));
  }

  async deliveries(id: string): Promise<Delivery[]> {
    return (await readDeliveries(this.#parts.sql, id, SHOWN_MAX)).map(shownDelivery);
  }

  async remove(id: string): Promise<void> {
    if (!(await this.#parts.sql.write(() => deleteWebhook(id)))) throw noWebhook(id);
  }

  /** Answers how many are tried again. */
  async replay(id: string, delivery: string | undefined): Promise<number> {
    const { sql, clock } = this.#parts;
    const now = clock.now();
    const hook = (await readWebhooks(sql)).find((row) => row.id === id);
    if (!hook) throw noWebhook(id);
    return sql.write(function* () {
      yield* setWebhookHealth(id, { failures: 0, rests_until_ms: 0, ended_ms: null });
      return yield* replayDeliveries(id, delivery, now);
    });
  }

  // --- Telling ---------------------------------------------------------------------------------------------------

  start(): void {
    this.#working ??= this.#work();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#working;
  }

  /** Everything that can be told now. */
  async tellDue(): Promise<void> {
    while (await this.#collect()) {}
    while (await this.#deliver()) {}
  }

  async #work(): Promise<void> {
    const { sql, clock, complain } = this.#parts;
    let hasNews = false;
    const stopListening = sql.onCommit(() => {
      if (!this.#hasHooks) return;
      hasNews = true;
      this.#wake?.();
    });
    try {
      while (!this.#stop.signal.aborted) {
        hasNews = false;
        await this.tellDue().catch(complain);
        const woken = new AbortController();
        this.#wake = () => woken.abort();
        if (!hasNews) await clock.sleep(LOOK_MS, AbortSignal.any([woken.signal, this.#stop.signal]));
        this.#wake = undefined;
        if (hasNews) await clock.sleep(SOON_MS, this.#stop.signal);
      }
    } finally {
      stopListening();
    }
  }

  /** What has been added to the log becomes deliveries. True when there may be more. */
  async #collect(): Promise<boolean> {
    const { sql, clock, ids } = this.#parts;
    const hooks = await readWebhooks(sql);
    this.#hasHooks = hooks.length > 0;
    if (!this.#hasHooks) return false;
    const after = Math.min(...hooks.map(({ after_seq }) => after_seq));
    if (this.#reader?.after !== after) this.#reader = new EventReader(sql, after);
    const events = await this.#reader.next(WEBHOOK_EVENTS_MAX);
    const last = events.at(-1);
    if (!last) return false;
    const now = clock.now();
    const toTell = (hook: WebhookRow) => this.#toTell(hook, events);
    await sql.write(function* () {
      for (const hook of hooks) {
        if (hook.after_seq >= last.seq || !(yield* moveWebhook(hook, last.seq))) continue;
        for (const { seq: event_seq, type, body } of toTell(hook))
          yield* insertDelivery({
            id: ids.next("delivery"),
            webhook_id: hook.id,
            event_seq,
            type,
            body,
            created_ms: now,
          });
      }
    });
    return events.length === WEBHOOK_EVENTS_MAX;
  }

  #toTell(hook: WebhookRow, events: readonly EventRow[]): { seq: number; type: string; body: string }[] {
    return events.flatMap((event) => {
      if (event.seq <= hook.after_seq || !isWanted(hook, event)) return [];
      const { classic_id: id } = hook;
      const body = id === null ? bodyOf(event) : this.#parts.classicBody(event, id);
      return body === undefined ? [] : [{ seq: event.seq, type: event.type, body }];
    });
  }

  /** True when there may be more to deliver at once. */
  async #deliver(): Promise<boolean> {
    const { sql, clock } = this.#parts;
    const now = clock.now();
    const next = await nextDelivery(sql);
    if (next === undefined || next > now || this.#stop.signal.aborted) return false;
    const taken = await sql.write(() => takeDeliveries(now, now + WEBHOOK_TAKEN_MS, WEBHOOKS_AT_ONCE));
    const hooks = new Map((await readWebhooks(sql)).map((hook) => [hook.id, hook]));
    await Promise.all(
      taken.map(async (delivery) => {
        const hook = hooks.get(delivery.webhook_id);
        if (hook) await this.#tell(hook, delivery);
      }),
    );
    return taken.length === WEBHOOKS_AT_ONCE;
  }

  async #tell(hook: WebhookRow, delivery: DeliveryRow): Promise<void> {
    const { sql, clock, networks, key } = this.#parts;
    const seconds = Math.floor(clock.now() / 1_000);
    const headers = signedHeaders(webhookSecret(key(), hook.id), delivery.id, seconds, delivery.body);
    const options = {
      headers,
      timeoutMs: hook.classic_id === null ? WEBHOOK_MS : WEBHOOK_CLASSIC_MS,
      networks,
      signal: this.#stop.signal,
    };
    let answer: Posted | undefined;
    let problem: string | undefined;
    try {
      answer = await postText(checkedUrl(hook.url, networks, "webhook_networks"), delivery.body, options);
      if (answer.status < 200 || answer.status >= 300) problem = `it answered ${answer.status}`;
    } catch (cause) {
      // Who leaves gives it back: it was not the webhook's fault.
      if (this.#stop.signal.aborted) return;
      problem = redactText(toAppError(cause).message);
    }
    const now = clock.now();
    const isGone = answer?.status === GONE;
    const end = this.#endOf(delivery, hook.classic_id === null ? PAUSES_MS : CLASSIC_PAUSES_MS, answer, problem, now);
    await sql.write(function* () {
      yield* endDelivery(delivery, end);
      yield* setWebhookHealth(hook.id, healthAfter(hook, problem === undefined, isGone, now));
    });
  }

  #endOf(
    { attempt }: DeliveryRow,
    pauses: readonly number[],
    answer: Posted | undefined,
    problem: string | undefined,
    now: number,
  ) {
    const http_status = answer?.status ?? null;
    if (problem === undefined)
      return { status: "delivered" as const, next_ms: now, http_status, problem: null, ended_ms: now };
    const pause = pauses[attempt - 1];
    if (pause === undefined || http_status === GONE)
      return { status: "dead" as const, next_ms: now, http_status, problem, ended_ms: now };
    const asked = Number(answer?.retryAfter);
    const wait = Number.isFinite(asked) && asked > 0 ? Math.min(asked * 1_000, REST_MS_MAX) : 0;
    // A tenth more or less, so that those who failed together do not come back together.
    const spread = pause * (0.9 + 0.2 * this.#parts.clock.random());
    return {
      status: "waiting" as const,
      next_ms: Math.round(now + Math.max(wait, spread)),
      http_status,
      problem,
      ended_ms: null,
    };
  }
}

/** One that fails again and again is left alone, longer each time. */
function healthAfter(hook: WebhookRow, isWell: boolean, isGone: boolean, now: number) {
  if (isWell) return { failures: 0, rests_until_ms: 0, ended_ms: null };
  const failures = hook.failures + 1;
  const over = failures - WEBHOOK_FAILURES_MAX;
  const rest = over < 0 ? 0 : Math.min(REST_MS_MAX, REST_MS * 2 ** Math.min(over, SHOWN_MAX));
  return { failures, rests_until_ms: rest === 0 ? 0 : now + rest, ended_ms: isGone ? now : null };
}

function isWanted({ workspace_id, types, subject }: WebhookRow, event: EventRow): boolean {
  const filter = { workspace_id: workspace_id ?? undefined, subject: subject ?? undefined };
  const wanted = JSON.parse(types) as string[];
  if (wanted.length === 0) return matches(event, filter);
  return wanted.some((type) => matches(event, { ...filter, type }));
}

function bodyOf({ seq, at_ms, workspace_id, subject, type, data }: EventRow): string {
  return JSON.stringify({
    type,
    timestamp: new Date(at_ms).toISOString(),
    data: { seq, subject, ...(workspace_id === null ? {} : { workspace_id }), ...data },
  });
}

function shownWebhook(row: WebhookRow, counts: ReadonlyMap<string, number>): Webhook {
  const { id, url, types, subject, rests_until_ms, ended_ms, created_ms } = row;
  const of = (status: string) => counts.get(`${id} ${status}`) ?? 0;
  return {
    id,
    url,
    types: JSON.parse(types) as string[],
    ...(subject === null ? {} : { subject }),
    delivered: of("delivered"),
    waiting: of("waiting"),
    dead: of("dead"),
    ...(rests_until_ms > 0 ? { rests_until_ms } : {}),
    ...(ended_ms === null ? {} : { ended_ms }),
    created_ms,
  };
}

function shownDelivery({
  id,
  type,
  status,
  attempt,
  http_status,
  problem,
  next_ms,
  created_ms,
}: DeliveryRow): Delivery {
  return {
    id,
    type,
    status,
    attempt,
    ...(http_status === null ? {} : { http_status }),
    ...(problem === null ? {} : { problem }),
    ...(status === "waiting" ? { next_ms } : {}),
    created_ms,
  };
}

function noWebhook(id: string): AppError {
  return new AppError("not_found", `no webhook ${id}`, { hint: "List them with webhook_list." });
}

// One answer of a model, guarded: it is on disk as it comes, it stops when it costs too much, when nobody wants it any
// more or when the model falls silent, and what is paid for is never asked for twice.
import type { RunBudget } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import { AppError, toAppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { CONTINUED_CHARS_MIN, REPLY_TOKENS_MAX } from "../base/limits.ts";
import { redactText } from "../base/redact.ts";
import type { ReplyMeter } from "../base/reply-meter.ts";
import {
  endReply,
  insertReply,
  type ReplyEnd,
  readPieces,
  readSpent,
  readUnfinished,
  readWhole,
} from "../store/replies.ts";
import type { Sql } from "../store/sql.ts";
import type { Breaker } from "./breaker.ts";
import { Budget } from "./budget.ts";
import { charsOf, Listening } from "./listening.ts";
import type { LiveReplies } from "./live-replies.ts";
import type {
  AssistantContent,
  Finish,
  Message,
  ModelEvent,
  ModelRequest,
  Source,
  ToolCall,
  Usage,
} from "./model-client.ts";
import { type KnownModel, knownModels } from "./model-names.ts";
import type { ModelPool } from "./model-pool.ts";
import type { ModelsFile } from "./models-file.ts";
import { costOf, NANO, type Price, priceOf, tokensOf } from "./prices.ts";
import type { Tier } from "./provider-table.ts";
import type { ReplyJournal } from "./reply-journal.ts";

/** The step of a run that an answer is for. */
export interface ReplyPlace {
  readonly run: string;
  readonly root: string;
  readonly workspace: string | null;
  readonly workflow: string;
  readonly step: string;
  readonly agent: string;
}

export interface ReplyAsk extends ModelRequest {
  readonly place: ReplyPlace;
  /** In the order in which they are asked: when one cannot answer, the next does. */
  readonly models: readonly string[];
  /** What kind of work it is, where only a provider is named. */
  readonly tier: Tier;
  readonly budget: RunBudget;
  /** The part of the budget that may be used up when it begins. */
  readonly share: number;
}

export interface Reply {
  readonly text: string;
  readonly content: AssistantContent;
  readonly calls: readonly ToolCall[];
  readonly sources: readonly Source[];
  readonly finish: Finish;
  readonly model: string;
  readonly tokens: number;
  /** Dollars; null where nobody knows the price. */
  readonly cost: number | null;
  /** Characters of an answer that broke off, with which this one went on. */
  readonly continued?: number | undefined;
}

interface RepliesParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly pool: ModelPool;
  readonly breaker: Breaker;
  readonly journal: ReplyJournal;
  readonly live: LiveReplies;
  readonly meter?: ReplyMeter | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  modelsFile(): Promise<ModelsFile>;
}

/** Enough to find the place again. */
const TAIL_CHARS = 200;
/** Budgets of runs under way. */
const BUDGETS_MAX = 1_000;

export class Replies {
  readonly #parts: RepliesParts;
  readonly #budgets = new Map<string, Budget>();
  readonly #own = new Set<string>();

  constructor(parts: RepliesParts) {
    this.#parts = parts;
  }

  /** Whether this process hears it. */
  isOwn(reply: string): boolean {
    return this.#own.has(reply);
  }

  async ask(ask: ReplyAsk, signal: AbortSignal): Promise<Reply> {
    const { breaker, env } = this.#parts;
    const file = await this.#parts.modelsFile();
    const models = knownModels(ask.models, ask.tier, file, env);
    // Whoever asked before has died between the answer and what the run remembers of it.
    const whole = await readWhole(this.#parts.sql, ask.place.run, ask.place.step);
    if (whole !== undefined) return JSON.parse(whole) as Reply;
    // First, so that what it cost is counted.
    const cut = await this.#takeUnfinished(ask, file);
    const budget = await this.#budgetOf(ask);
    let failure: AppError | undefined;
    for (const model of models) {
      try {
        breaker.enter(model.provider);
        return await this.#askOne(ask, model, file, budget, cut, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const error = toAppError(cause);
        if (error.code === "over_budget" || error.code === "internal") throw cause;
        failure = worse(failure, error);
      }
    }
    throw failure ?? new AppError("unavailable", "no model answered", { hint: "It is tried again." });
  }

  async #budgetOf({ place, budget: limits, share }: ReplyAsk): Promise<Budget> {
    const known = this.#budgets.get(place.root) ?? new Budget(limits);
    this.#budgets.delete(place.root);
    this.#budgets.set(place.root, known);
    const [oldest] = this.#budgets.keys();
    if (this.#budgets.size > BUDGETS_MAX && oldest !== undefined) this.#budgets.delete(oldest);
    known.know(await readSpent(this.#parts.sql, place.root));
    known.check(share);
    return known;
  }

  /** What an earlier try of this step has left: its row is ended, and what it said is kept for the next. */
  async #takeUnfinished(ask: ReplyAsk, file: ModelsFile): Promise<string> {
    const { sql, clock } = this.#parts;
    const rows = await readUnfinished(sql, ask.place.run, ask.place.step);
    let newest: string | undefined;
    for (const row of rows) {
      let { text } = row;
      if (row.status === "open") {
        const pieces = await readPieces(sql, row.id);
        text += pieces.map((piece) => (piece.kind === "text" ? piece.text : "")).join("");
        const price = await priceOf(row.provider, row.model, file);
        const end = guessed({ status: "cut", text, error: "whoever asked has died" }, ask, price, clock.now());
        await sql.write(() => endReply(row.id, end));
      }
      newest ??= text;
    }
    return newest ?? "";
  }

  async #askOne(
    ask: ReplyAsk,
    model: KnownModel,
    file: ModelsFile,
    budget: Budget,
    cut: string,
    signal: AbortSignal,
  ): Promise<Reply> {
    const { sql, clock, ids, pool } = this.#parts;
    const price = await priceOf(model.provider, model.model, file);
    if (!price && budget.needsPrice) throw noPrice(model);
    const client = await pool.of(model);
    // Only plain text can be gone on with: half a call or half of a JSON is nothing.
    const before = ask.output === undefined && ask.tools.length === 0 && cut.length >= CONTINUED_CHARS_MIN ? cut : "";
    const { place, share } = ask;
    const left = budget.tokensLeft(share);
    const request: ModelRequest = {
      ...ask,
      messages: before === "" ? ask.messages : [...ask.messages, ...goOn(before)],
      maxOutputTokens:
        left === undefined ? ask.maxOutputTokens : Math.min(left, ask.maxOutputTokens ?? REPLY_TOKENS_MAX),
    };
    const id = ids.next("reply");
    const { run: run_id, root: root_id, workspace: workspace_id, workflow, step, agent } = place;
    const said = { text: before, kept: before.length, created_ms: clock.now() };
    const row = { id, run_id, root_id, workspace_id, workflow, step, agent, ...said };
    await sql.write(() => insertReply({ ...row, provider: model.provider, model: model.model }));
    this.#own.add(id);
    const listening = new Listening(this.#parts, id, place, ask, price, budget);
    using _open = listening;
    try {
      const end = await listening.hear((own) => client.stream(request, own), signal, share);
      this.#parts.breaker.succeeded(model.provider);
      return await this.#keep(id, listening, end, model, price, before);
    } catch (cause) {
      await this.#give(id, ask, model, price, `${before}${listening.text}`, listening.firstMs, cause, signal);
      throw cause;
    } finally {
      this.#own.delete(id);
    }
  }

  async #keep(
    id: string,
    listening: Listening,
    end: Extract<ModelEvent, { type: "end" }>,
    model: KnownModel,
    price: Price | undefined,
    before: string,
  ): Promise<Reply> {
    const { sql, clock } = this.#parts;
    const { usage, content, calls, finish } = end;
    // Who says that an answer was nothing has not counted it.
    const isCounted = (usage.input ?? 0) > 0 && (usage.output ?? 0) > 0;
    const counted: Usage = isCounted ? usage : { ...usage, ...listening.guess() };
    const cost = costOf(counted, price);
    const dollars = cost === null ? null : cost / NANO;
    const text = `${before}${listening.text}`;
    const reply: Reply = {
      text,
      content: before === "" ? content : [{ type: "text", text }],
      calls,
      sources: listening.sources,
      finish,
      model: `${model.provider}:${model.model}`,
      tokens: (counted.input ?? 0) + (counted.output ?? 0),
      cost: dollars,
      ...(before === "" ? {} : { continued: before.length }),
    };
    await sql.write(() =>
      endReply(id, {
        status: "completed",
        text,
        input_tokens: counted.input ?? null,
        cached_tokens: counted.cached ?? null,
        output_tokens: counted.output ?? null,
        cost_nano: cost,
        price: usage.cost === undefined ? (price?.source ?? null) : model.provider,
        is_estimate: isCounted ? 0 : 1,
        error: null,
        first_ms: listening.firstMs,
        ended_ms: clock.now(),
        answer: JSON.stringify(reply),
      }),
    );
    const used = { input: counted.input ?? null, output: counted.output ?? null, cost: dollars };
    this.#parts.meter?.reply(model.provider, "completed", used);
    return reply;
  }

  /** What came is kept, whatever went wrong. */
  async #give(
    id: string,
    ask: ReplyAsk,
    { provider }: KnownModel,
    price: Price | undefined,
    text: string,
    firstMs: number | null,
    cause: unknown,
    signal: AbortSignal,
  ): Promise<void> {
    const { sql, clock, breaker } = this.#parts;
    const error = signal.aborted ? "nobody wanted it any more" : toAppError(cause).message;
    const isPassing = !signal.aborted && ["unavailable", "timeout"].includes(toAppError(cause).code);
    if (isPassing) breaker.failed(provider);
    else if (signal.aborted) breaker.left(provider);
    else breaker.succeeded(provider);
    const how = { status: text === "" ? "failed" : "cut", text, error: redactText(error) } as const;
    const end =
      text === "" && firstMs === null ? nothing(how, clock.now()) : guessed(how, ask, price, clock.now(), firstMs);
    await sql.write(() => endReply(id, end));
    const cost = end.cost_nano === null ? null : end.cost_nano / NANO;
    const used = { input: end.input_tokens, output: end.output_tokens, cost };
    this.#parts.meter?.reply(provider, signal.aborted ? "cancelled" : end.status, used);
  }
}

function goOn(before: string): Message[] {
  const tail = before.slice(-TAIL_CHARS);
  return [
    { from: "assistant", content: [{ type: "text", text: before }] },
    {
      from: "user",
      text: `Your answer was cut off. It ended with:\n\n${tail}\n\nGo on exactly there: repeat nothing, and say nothing of the cut.`,
    },
  ];
}

type How = Pick<ReplyEnd, "status" | "text" | "error">;

function nothing(how: How, now: number): ReplyEnd {
  const none = { input_tokens: null, cached_tokens: null, output_tokens: null, cost_nano: null, price: null };
  return { ...how, ...none, is_estimate: 0, first_ms: null, ended_ms: now, answer: null };
}

/** The provider never said how much it was; it will be on the bill all the same. */
function guessed(
  how: How,
  ask: ReplyAsk,
  price: Price | undefined,
  now: number,
  first: number | null = null,
): ReplyEnd {
  const usage = { input: tokensOf(charsOf(ask.messages)), cached: 0, output: tokensOf(how.text.length) };
  return {
    ...how,
    input_tokens: usage.input,
    cached_tokens: null,
    output_tokens: usage.output,
    cost_nano: costOf(usage, price),
    price: price?.source ?? null,
    is_estimate: 1,
    first_ms: first,
    ended_ms: now,
    answer: null,
  };
}

/** What may pass is worth another try, so it is what is told. */
function worse(known: AppError | undefined, next: AppError): AppError {
  if (!known) return next;
  const passes = (error: AppError) => ["unavailable", "rate_limited", "timeout"].includes(error.code);
  return passes(next) && !passes(known) ? next : known;
}

function noPrice({ provider, model }: KnownModel): AppError {
  return new AppError(
    "over_budget",
    `cannot keep to a budget in dollars: nobody knows the price of ${provider}:${model}`,
    {
      hint: `Set prices."${provider}:${model}" in models.yaml, or give a budget in tokens.`,
    },
  );
}

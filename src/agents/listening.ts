import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { MODEL_SILENT_MS } from "../base/limits.ts";
import type { Budget } from "./budget.ts";
import type { LiveReplies } from "./live-replies.ts";
import type { Message, ModelEvent, ModelRequest, Source } from "./model-client.ts";
import { costOf, type Price, tokensOf } from "./prices.ts";
import type { ReplyPlace } from "./replies.ts";
import type { ReplyJournal } from "./reply-journal.ts";

interface ListeningParts {
  readonly clock: Clock;
  readonly journal: ReplyJournal;
  readonly live: LiveReplies;
}

/** Hears one answer to its end. */
export class Listening implements Disposable {
  text = "";
  firstMs: number | null = null;
  readonly sources: Source[] = [];
  readonly #parts: ListeningParts;
  readonly #id: string;
  readonly #place: ReplyPlace;
  readonly #asked: number;
  readonly #price: Price | undefined;
  readonly #budget: Budget;
  readonly #open: ReturnType<Budget["open"]>;
  #chars = 0;

  constructor(
    parts: ListeningParts,
    id: string,
    place: ReplyPlace,
    request: ModelRequest,
    price: Price | undefined,
    budget: Budget,
  ) {
    this.#parts = parts;
    this.#id = id;
    this.#place = place;
    this.#asked = tokensOf(charsOf(request.messages));
    this.#price = price;
    this.#budget = budget;
    this.#open = budget.open();
    this.#count();
  }

  [Symbol.dispose](): void {
    this.#open[Symbol.dispose]();
    this.#parts.journal.forget(this.#id);
  }

  guess(): { readonly input: number; readonly output: number } {
    return { input: this.#asked, output: tokensOf(this.#chars) };
  }

  async hear(
    begin: (signal: AbortSignal) => AsyncIterable<ModelEvent>,
    signal: AbortSignal,
    share: number,
  ): Promise<Extract<ModelEvent, { type: "end" }>> {
    const { clock } = this.#parts;
    const own = new AbortController();
    let failure: AppError | undefined;
    const fail = (error: AppError) => {
      failure ??= error;
      own.abort();
    };
    // What is asked costs too: a question for whose answer nothing is left is not asked.
    this.#budget.check(share);
    let heardMs = clock.elapsed();
    const watch = () => {
      const leftMs = heardMs + MODEL_SILENT_MS - clock.elapsed();
      if (leftMs <= 0) fail(silent());
      else stopWatch = clock.after(leftMs, watch);
    };
    let stopWatch = clock.after(MODEL_SILENT_MS, watch);
    try {
      for await (const event of begin(AbortSignal.any([signal, own.signal]))) {
        heardMs = clock.elapsed();
        if (event.type === "end") return event;
        this.#take(event);
        this.#budget.check(share);
      }
    } catch (cause) {
      throw failure ?? cause;
    } finally {
      stopWatch();
    }
    throw failure ?? new AppError("unavailable", "the answer broke off", { hint: "It is tried again." });
  }

  #count(): void {
    const { input, output } = this.guess();
    this.#open.tokens = input + output;
    this.#open.nano = costOf({ input, output, cached: 0 }, this.#price) ?? 0;
  }

  #take(event: Exclude<ModelEvent, { type: "end" }>): void {
    const { clock, journal, live } = this.#parts;
    this.firstMs ??= clock.now();
    if (event.type === "source") {
      this.sources.push(event.source);
      return;
    }
    const { type: kind, text } = event;
    if (kind === "text") this.text += text;
    this.#chars += text.length;
    this.#count();
    journal.add(this.#id, kind, text);
    const { run, root, agent } = this.#place;
    live.tell({ reply: this.#id, run, root, agent, kind, text });
  }
}

/** Of what is asked. */
export function charsOf(messages: readonly Message[]): number {
  return JSON.stringify(messages).length;
}

function silent(): AppError {
  return new AppError("timeout", `the model has said nothing for ${MODEL_SILENT_MS / 1_000} s`, {
    hint: "It is tried again.",
  });
}

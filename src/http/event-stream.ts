// The log as server-sent events. The table is the truth: a reader that is slow or comes back goes on from the
// number that it has seen, so nothing is kept for it and it holds up nobody.

import { every, systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { EVENT_STREAMS_MAX, HEARTBEAT_MS } from "../base/limits.ts";
import type { Feed } from "../events/feed.ts";
import type { EventFilter, EventRow } from "../store/events.ts";

const encoder = new TextEncoder();
/** Pieces that wait for a slow reader. */
const DELTAS_WAITING_MAX = 1_000;
/** Less than anybody notices. */
const DELTAS_MS = 15;

/** A piece of something that is being said. */
export interface Delta {
  readonly reply: string;
  readonly kind: string;
  readonly text: string;
}

/** Pieces of a moment go out together, those of one answer as one. */
class Deltas {
  readonly #send: (frames: string) => void;
  #waiting: Delta[] = [];
  #isDue = false;

  constructor(send: (frames: string) => void) {
    this.#send = send;
  }

  add(delta: Delta): void {
    const at = this.#waiting.findLastIndex(({ reply }) => reply === delta.reply);
    const last = this.#waiting[at];
    if (last?.kind === delta.kind) this.#waiting[at] = { ...last, text: last.text + delta.text };
    else this.#waiting.push(delta);
    if (this.#isDue) return;
    this.#isDue = true;
    systemClock.after(DELTAS_MS, () => this.#flush());
  }

  #flush(): void {
    const frames = this.#waiting.map((delta) => `event: delta\ndata: ${JSON.stringify(delta)}\n\n`);
    this.#waiting = [];
    this.#isDue = false;
    this.#send(frames.join(""));
  }
}

export interface StreamOptions {
  readonly filter: EventFilter;
  /** Whether nothing follows an event. */
  readonly isLast?: ((event: EventRow) => Promise<boolean>) | undefined;
  /** Tells pieces of answers at the moment at which they come. */
  readonly live?: ((tell: (delta: Delta) => void) => () => void) | undefined;
  /** How an event is written; by itself with its number and as it is. */
  readonly frame?: ((event: EventRow, isLast: boolean) => string) | undefined;
}

export class EventStreams {
  readonly #feed: Feed;
  readonly #open = new Set<AbortController>();
  #isClosed = false;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  get open(): number {
    return this.#open.size;
  }

  /**
   * `GET /v1/events?after=&workspace=&task=&run=&type=&deltas=`; the caller has turned the workspace into its id. With
   * `isLast` the stream begins with all that has happened, and ends with the event of which it says so. With `live`
   * it also tells pieces of answers at the moment at which they come.
   */
  fetch(request: Request, { filter, isLast, live, frame = frameOf }: StreamOptions): Response {
    if (this.#isClosed) {
      throw new AppError("unavailable", "cannot open a stream: this server is leaving", {
        hint: "Connect again; what follows the last event that you have seen is there.",
        retryAfterMs: 1_000,
      });
    }
    if (this.#open.size >= EVENT_STREAMS_MAX) {
      throw new AppError("rate_limited", "cannot open another stream: too many are open", {
        hint: "Close one first.",
        retryAfterMs: 1_000,
      });
    }
    const stop = new AbortController();
    const after = startOf(request) ?? (isLast ? 0 : undefined);
    const batches = upToLast(this.#feed.follow({ after, filter, signal: stop.signal }), isLast);
    let stopHeartbeat: (() => void) | undefined;
    let stopLive: (() => void) | undefined;
    const end = async () => {
      this.#open.delete(stop);
      stop.abort();
      stopHeartbeat?.();
      stopLive?.();
      // A reader that left between two batches: nobody else would end its following.
      await batches.return(undefined);
    };
    this.#open.add(stop);
    request.signal.addEventListener("abort", end, { once: true });
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(encoder.encode(": connected\n\n"));
        stopHeartbeat = every(HEARTBEAT_MS, () => {
          // Whoever has not read what is there needs no sign of life on top of it.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": alive\n\n"));
        });
        // Without a number: what a slow reader misses of it is in what it comes to.
        const deltas = new Deltas((text) => {
          if (stop.signal.aborted || (controller.desiredSize ?? 0) < -DELTAS_WAITING_MAX) return;
          controller.enqueue(encoder.encode(text));
        });
        stopLive = live?.((delta) => deltas.add(delta));
      },
      pull: async (controller) => {
        try {
          const { value, done } = await batches.next();
          if (!done) {
            const frames = value.events.map((event, at) =>
              frame(event, value.hasLast && at === value.events.length - 1),
            );
            return controller.enqueue(encoder.encode(frames.join("")));
          }
          await end();
          controller.close();
        } catch (error) {
          await end();
          throw error;
        }
      },
      cancel: end,
    });
    return new Response(body, {
      headers: {
        "content-type": "text/event-stream",
        "cache-control": "no-cache, no-transform",
        "x-accel-buffering": "no",
      },
    });
  }

  /** Ends every stream; each reader knows its last number and asks the next server for what follows. */
  close(): void {
    this.#isClosed = true;
    for (const stop of [...this.#open]) stop.abort();
    this.#open.clear();
  }
}

async function* upToLast(
  batches: AsyncGenerator<readonly EventRow[]>,
  isLast: ((event: EventRow) => Promise<boolean>) | undefined,
): AsyncGenerator<Batch> {
  for await (const batch of batches) {
    for (const [at, event] of batch.entries()) {
      if (!(await isLast?.(event))) continue;
      yield { events: batch.slice(0, at + 1), hasLast: true };
      return;
    }
    yield { events: batch, hasLast: false };
  }
}

interface Batch {
  readonly events: readonly EventRow[];
  /** Its last event is the last of all. */
  readonly hasLast: boolean;
}

function frameOf(event: EventRow): string {
  return `id: ${event.seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** Last-Event-ID wins over `after`: it is what a browser sends when it comes back. */
function startOf(request: Request): number | undefined {
  const given = request.headers.get("last-event-id") ?? new URL(request.url).searchParams.get("after");
  if (given === null || given === "") return undefined;
  if (/^\d{1,15}$/.test(given)) return Number(given);
  throw new AppError("invalid_input", "cannot begin there: Last-Event-ID and after are whole numbers", {
    hint: "Send the id of the last event that you have seen, or 0 for all.",
  });
}

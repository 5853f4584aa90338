// Hints through a stream of Redis, which one reads from where one was: a subscription would be lost with its connection,
// silently. Nothing that is in Redis is needed: it may be killed, emptied or trimmed at any moment.
import type { Clock } from "../base/clock.ts";
import { BUS_BLOCK_MS, BUS_ENTRIES_KEPT, BUS_TELL_MS } from "../base/limits.ts";
import type { RedisConnection, Runtime } from "../runtime/runtime.ts";
import type { Bus } from "./bus.ts";

export interface RedisBusParts {
  readonly runtime: Pick<Runtime, "openRedis">;
  readonly clock: Clock;
  readonly url: string;
  /** All who use one database share it. */
  readonly stream: string;
  /** Who tells: its own hints it need not hear. */
  readonly own: string;
  /** Of what went wrong; once until it works again. */
  complain(cause: unknown): void;
}

const PAUSE_MS = 1_000;
const ENTRIES_AT_ONCE = "1000";
const NOTHING = "0-0";

export class RedisBus implements Bus {
  readonly #parts: RedisBusParts;
  readonly #listeners = new Set<() => void>();
  readonly #closing = new AbortController();
  readonly #listening: Promise<void>;
  #reader: RedisConnection | undefined;
  #writer: RedisConnection | undefined;
  #telling: Promise<void> | undefined;
  #isToTell = false;
  #isConnected = false;
  #hasComplained = false;
  #seen: string | undefined;

  constructor(parts: RedisBusParts) {
    this.#parts = parts;
    this.#listening = this.#listenOn();
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** At once, and then again after a pause for all that was to be told meanwhile. */
  tell(): void {
    this.#isToTell = true;
    this.#telling ??= this.#tellOn().finally(() => {
      this.#telling = undefined;
    });
  }

  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#reader?.close();
    await Promise.all([this.#listening, this.#telling]);
    this.#writer?.close();
  }

  async #tellOn(): Promise<void> {
    const { clock, runtime, url, stream, own } = this.#parts;
    const { signal } = this.#closing;
    while (this.#isToTell && !signal.aborted) {
      this.#isToTell = false;
      try {
        this.#writer ??= await runtime.openRedis(url);
        await this.#writer.send("XADD", [stream, "MAXLEN", "~", String(BUS_ENTRIES_KEPT), "*", "from", own]);
        await clock.sleep(BUS_TELL_MS, signal);
      } catch (cause) {
        this.#writer?.close();
        this.#writer = undefined;
        this.#complain(cause);
        await clock.sleep(PAUSE_MS, signal);
      }
    }
  }

  async #listenOn(): Promise<void> {
    const { clock, runtime, url } = this.#parts;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      try {
        const reader = await runtime.openRedis(url);
        this.#reader = reader;
        this.#seen ??= await this.#newest(reader);
        this.#isConnected = true;
        this.#hasComplained = false;
        // What was told while nobody listened.
        this.#hear();
        while (!signal.aborted) await this.#next(reader);
      } catch (cause) {
        this.#complain(cause);
      }
      this.#isConnected = false;
      this.#reader?.close();
      // Whoever relied on being told has to look.
      this.#hear();
      await clock.sleep(PAUSE_MS, signal);
    }
  }

  async #next(reader: RedisConnection): Promise<void> {
    const { stream, own } = this.#parts;
    const from = this.#seen ?? NOTHING;
    const block = ["BLOCK", String(BUS_BLOCK_MS), "COUNT", ENTRIES_AT_ONCE, "STREAMS", stream, from];
    const entries = entriesOf(await reader.send("XREAD", block), stream);
    this.#seen = entries.at(-1)?.id ?? (await this.#newest(reader));
    if (entries.some(({ from }) => from !== own)) this.#hear();
  }

  /** The numbers of a server whose clock was set back, or that was made anew, are below those that were seen. */
  async #newest(reader: RedisConnection): Promise<string> {
    const { stream } = this.#parts;
    const rows = (await reader.send("XREVRANGE", [stream, "+", "-", "COUNT", "1"])) as readonly Entry[] | null;
    return rows?.[0]?.[0] ?? NOTHING;
  }

  #hear(): void {
    for (const listener of this.#listeners) listener();
  }

  #complain(cause: unknown): void {
    if (this.#hasComplained || this.#closing.signal.aborted) return;
    this.#hasComplained = true;
    this.#parts.complain(cause);
  }
}

type Entry = readonly [id: string, fields: readonly string[]];

/** Redis answers with a list of pairs, or, in its newer protocol, with a map. */
function entriesOf(answer: unknown, stream: string): { readonly id: string; readonly from: string | undefined }[] {
  if (answer === null) return [];
  const entries = Array.isArray(answer)
    ? (answer as [string, Entry[]][]).find(([name]) => name === stream)?.[1]
    : (answer as Record<string, Entry[]>)[stream];
  return (entries ?? []).map(([id, fields]) => ({ id, from: fields[1] }));
}

import { until } from "./condition.ts";

export interface SseFrame {
  readonly id: string;
  readonly event: string;
  // biome-ignore lint/suspicious/noExplicitAny: what a stream carries is looked into at any depth.
  readonly data: any;
}

export interface SseReader {
  readonly status: number;
  readonly frames: SseFrame[];
  readonly comments: string[];
  /** Resolves when the stream has ended, or was cut. */
  readonly ended: Promise<void>;
  /** Waits until this many events have come. */
  have(count: number): Promise<SseFrame[]>;
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface SseOptions {
  readonly headers?: Record<string, string>;
  /** Called before each piece is read: a slow reader waits here. */
  readonly beforeRead?: () => Promise<void>;
}

/** Reads server-sent events until it is closed; resolves when the stream has begun. */
export async function readSse(url: string, { headers = {}, beforeRead }: SseOptions = {}): Promise<SseReader> {
  const stop = new AbortController();
  const response = await fetch(url, { headers, signal: stop.signal });
  const frames: SseFrame[] = [];
  const comments: string[] = [];
  const decoder = new TextDecoder();
  let unread = "";
  const read = async () => {
    await beforeRead?.();
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      unread += decoder.decode(chunk, { stream: true });
      const pieces = unread.split("\n\n");
      unread = pieces.pop() ?? "";
      for (const piece of pieces) {
        if (piece.startsWith(":")) comments.push(piece.slice(1).trim());
        else frames.push(parseFrame(piece));
      }
      await beforeRead?.();
    }
  };
  const ended = read().catch(() => {});
  const close = async () => {
    stop.abort();
    await ended;
  };
  return {
    status: response.status,
    frames,
    comments,
    ended,
    close,
    have: async (count) => {
      await until(() => frames.length >= count, `${count} events have come`);
      return frames;
    },
    [Symbol.asyncDispose]: close,
  };
}

function parseFrame(piece: string): SseFrame {
  const fields = new Map(
    piece.split("\n").map((line): [string, string] => {
      const [name = "", ...rest] = line.split(": ");
      return [name, rest.join(": ")];
    }),
  );
  return {
    id: fields.get("id") ?? "",
    event: fields.get("event") ?? "",
    data: JSON.parse(fields.get("data") ?? "null"),
  };
}

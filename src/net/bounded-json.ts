// Asks a service that the user has chosen. What it says is still somebody else's: it may be garbage, without end, or never come.
import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";

interface Bounds {
  readonly bytesMax: number;
  readonly timeoutMs: number;
  readonly clock: Pick<Clock, "after">;
  readonly signal: AbortSignal;
}

export interface Answered {
  readonly status: number;
  /** Undefined where it is no JSON. */
  readonly value: unknown;
  readonly retryAfterMs: number | undefined;
}

export async function boundedJson(name: string, url: string, init: RequestInit, bounds: Bounds): Promise<Answered> {
  const { bytesMax, timeoutMs, clock, signal } = bounds;
  using late = setAlarm(clock, timeoutMs);
  try {
    const answer = await fetch(url, { ...init, redirect: "error", signal: AbortSignal.any([signal, late.signal]) });
    const after = Number(answer.headers.get("retry-after") ?? Number.NaN);
    const text = await textUpTo(name, answer, bytesMax);
    return {
      status: answer.status,
      value: jsonOf(text),
      retryAfterMs: Number.isFinite(after) ? after * 1_000 : undefined,
    };
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof AppError) throw cause;
    const why = late.signal.aborted ? `said nothing for ${timeoutMs / 1_000} s` : "cannot be reached";
    throw new AppError("unavailable", `${name} ${why}`, { hint: "Look at its address, or try again later.", cause });
  }
}

async function textUpTo(name: string, answer: Response, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let left = bytesMax;
  for await (const piece of (answer.body ?? []) as AsyncIterable<Uint8Array>) {
    left -= piece.length;
    if (left < 0)
      throw new AppError("too_large", `${name} answered more than ${bytesMax} bytes`, { hint: "Ask for less." });
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

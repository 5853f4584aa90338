import { formatBytes } from "../base/bytes.ts";
import { deadline, systemClock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { BODIES_BYTES_MAX, BODY_BYTES_MAX, BODY_MS_MAX, SMALL_BODY_BYTES_MAX } from "../base/limits.ts";

/** What all bodies that are still arriving hold together. */
export class BodyBudget {
  #bytes = 0;

  take(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes <= BODIES_BYTES_MAX) return;
    throw new AppError("unavailable", "cannot take this body now: too many others are still arriving", {
      hint: "Send it again in a moment.",
      retryAfterMs: 1_000,
    });
  }

  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }
}

/** The body as text: never more of it than the limit, and never longer on its way than its time. */
export async function readText(request: Request, budget = new BodyBudget()): Promise<string> {
  const announced = Number(request.headers.get("content-length") ?? Number.NaN);
  if (announced > BODY_BYTES_MAX) throw tooLarge();
  if (announced <= SMALL_BODY_BYTES_MAX) return readSmall(request);
  if (!request.body) return "";
  const reader = request.body.getReader();
  const late = deadline(BODY_MS_MAX);
  const giveUp = () => void reader.cancel().catch(() => {}); // The connection may be gone already.
  late.addEventListener("abort", giveUp, { once: true });
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (late.aborted) throw tooSlow();
      if (done) return text + decoder.decode();
      bytes += value.byteLength;
      budget.take(value.byteLength);
      if (bytes > BODY_BYTES_MAX) throw tooLarge();
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    late.removeEventListener("abort", giveUp);
    budget.giveBack(bytes);
  }
}

/** Nearly every body: the runtime reads one that says how small it is in a quarter of the time. */
async function readSmall(request: Request): Promise<string> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const inTime = systemClock.after(BODY_MS_MAX, () => reject(tooSlow()));
  try {
    return await Promise.race([request.text(), late]);
  } finally {
    inTime();
  }
}

/** The body as JSON. Only the JSON type is taken: a form of a web page cannot send it unasked. */
export async function readJson(request: Request, budget?: BodyBudget): Promise<unknown> {
  const text = await readText(request, budget);
  if (text === "") return {};
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new AppError("unsupported_media", "cannot read the body: it is not sent as JSON", {
      hint: "Send the header Content-Type: application/json.",
    });
  }
  return parseJson(text, "the body");
}

function tooLarge(): AppError {
  return new AppError("too_large", `cannot take a body of more than ${formatBytes(BODY_BYTES_MAX)}`, {
    hint: "Send less at once.",
  });
}

function tooSlow(): AppError {
  return new AppError("timeout", "cannot wait longer for the rest of the body", {
    hint: "Send it again, all at once.",
  });
}

// Words are heard at the wire, at the moment at which they come. The packages that read a provider's protocol check
// every event against a schema, which costs twenty times what the word costs: 50 agents at 100 tokens a second took
// half a processor. So of the events that do nothing but add to a text one is made, which the package reads when
// something else follows; all others pass as they are.
import { isRecord } from "../base/json.ts";

const END = /\r?\n\r?\n/;

type Hear = (text: string) => void;

/** Whoever listens to a request, by the signal that it was made with. */
const listeners = new WeakMap<AbortSignal, Hear>();

/** From now on, each text of an answer to a request with this signal is heard. */
export function hearWords(signal: AbortSignal, hear: Hear): void {
  listeners.set(signal, hear);
}

/** An event that adds to a text. */
interface Word {
  readonly text: string;
  /** Events with the same mark do nothing but add to the same text; none where it does more. */
  readonly mark: string | undefined;
  /** The event with another text. */
  write(text: string): Record<string, unknown>;
}

export async function wireFetch(...asked: Parameters<typeof fetch>): Promise<Response> {
  const answer = await fetch(...asked);
  const [, { signal } = {}] = asked;
  const hear = signal ? listeners.get(signal) : undefined;
  const isStream = answer.ok && /^text\/event-stream/i.test(answer.headers.get("content-type") ?? "");
  if (!hear || !isStream || !answer.body) return answer;
  const { status, statusText, headers } = answer;
  return new Response(withoutWords(answer.body, hear), { status, statusText, headers });
}

function withoutWords(body: ReadableStream<Uint8Array>, hear: Hear): ReadableStream<Uint8Array> {
  const stop = new AbortController();
  return new ReadableStream<Uint8Array>({
    start: (out) => void pass(body, new Events(out, hear), stop.signal),
    cancel: () => stop.abort(),
  });
}

async function pass(body: ReadableStream<Uint8Array>, events: Events, signal: AbortSignal): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const bytes of body) {
      if (signal.aborted) return;
      const whole = (rest + decoder.decode(bytes, { stream: true })).split(END);
      rest = whole.pop() ?? "";
      for (const event of whole) events.add(event);
    }
    events.end(rest + decoder.decode());
  } catch (cause) {
    events.fail(cause);
  }
}

class Events {
  readonly #out: ReadableStreamDefaultController<Uint8Array>;
  readonly #hear: Hear;
  readonly #encoder = new TextEncoder();
  #head = "";
  #word: Word | undefined;
  #texts: string[] = [];
  #isOver = false;

  constructor(out: ReadableStreamDefaultController<Uint8Array>, hear: Hear) {
    this.#out = out;
    this.#hear = hear;
  }

  add(event: string): void {
    const word = wordIn(event);
    if (word && word.text !== "") this.#hear(word.text);
    if (word?.mark !== undefined && word.mark === this.#word?.mark) {
      this.#texts.push(word.text);
      return;
    }
    this.#pass();
    if (word?.mark === undefined) return this.#send(event);
    this.#head = event.slice(0, event.indexOf("data:"));
    this.#word = word;
    this.#texts = [word.text];
  }

  end(rest: string): void {
    this.#pass();
    if (this.#isOver) return;
    if (rest !== "") this.#out.enqueue(this.#encoder.encode(rest));
    this.#isOver = true;
    this.#out.close();
  }

  fail(cause: unknown): void {
    this.#pass();
    if (this.#isOver) return;
    this.#isOver = true;
    this.#out.error(cause);
  }

  #pass(): void {
    const word = this.#word;
    if (!word) return;
    this.#word = undefined;
    this.#send(`${this.#head}data: ${JSON.stringify(word.write(this.#texts.join("")))}`);
  }

  #send(event: string): void {
    if (this.#isOver) return;
    try {
      this.#out.enqueue(this.#encoder.encode(`${event}\n\n`));
    } catch {
      this.#isOver = true; // Whoever read it has left.
    }
  }
}

/** In one of the three protocols that tell word by word. */
function wordIn(event: string): Word | undefined {
  const at = event.indexOf("data:");
  if (at < 0 || event.includes("\n", at)) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(event.slice(at + "data:".length));
  } catch {
    return undefined;
  }
  if (!isRecord(value)) return undefined;
  return chatWord(value) ?? messageWord(value) ?? responseWord(value);
}

/** OpenAI's chat, and all that speak as it does. */
function chatWord(event: Record<string, unknown>): Word | undefined {
  const { choices, usage } = event;
  if (!Array.isArray(choices) || choices.length !== 1 || isRecord(usage)) return undefined;
  const [choice] = choices as [Record<string, unknown>];
  const { delta, finish_reason, index } = isRecord(choice) ? choice : {};
  if (!isRecord(delta) || (finish_reason ?? null) !== null) return undefined;
  const { content: text } = delta;
  if (typeof text !== "string") return undefined;
  const isOnly = Object.keys(delta).every((key) => key === "content");
  const write = (content: string) => ({ ...event, choices: [{ ...choice, delta: { content } }] });
  return { mark: isOnly ? `chat ${index}` : undefined, text, write };
}

/** Anthropic's messages. */
function messageWord(event: Record<string, unknown>): Word | undefined {
  const { type, index, delta } = event;
  if (type !== "content_block_delta" || !isRecord(delta) || delta["type"] !== "text_delta") return undefined;
  const { text } = delta;
  if (typeof text !== "string") return undefined;
  return { mark: `message ${index}`, text, write: (whole) => ({ ...event, delta: { ...delta, text: whole } }) };
}

/** OpenAI's responses. */
function responseWord(event: Record<string, unknown>): Word | undefined {
  const { type, item_id, content_index, delta: text } = event;
  if (type !== "response.output_text.delta" || typeof text !== "string") return undefined;
  return { mark: `response ${item_id} ${content_index}`, text, write: (delta) => ({ ...event, delta }) };
}

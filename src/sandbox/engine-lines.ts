import { jsonIn } from "../base/json.ts";
import { LineSplitter } from "../base/line-splitter.ts";
import { FromEngine } from "./engine/job.ts";

/** A line holds at most a result and what surrounds it, with every character escaped. */
const ESCAPED = 6;
const AROUND_CHARS = 1024 * 1024;
const COMPLAINT_CHARS_MAX = 2_000;

/** What an engine says, message by message. It is checked: a program may have made the engine its own. */
export class EngineLines {
  /** The beginning of what it wrote to stderr. */
  complaint = "";
  readonly #splitter: LineSplitter;
  readonly #messages: FromEngine[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(outputBytes: number) {
    this.#splitter = new LineSplitter(outputBytes * ESCAPED + AROUND_CHARS);
  }

  take(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    if (stream === "stderr") {
      this.complaint = (this.complaint + Buffer.from(bytes).toString()).slice(0, COMPLAINT_CHARS_MAX);
      return;
    }
    for (const line of this.#splitter.push(bytes)) {
      if (this.#isEnded) return;
      const message = FromEngine.safeParse(jsonIn(line));
      if (message.success) this.#messages.push(message.data);
      else this.end();
    }
    this.#wake?.();
  }

  get hasMessage(): boolean {
    return this.#messages.length > 0;
  }

  putBack(message: FromEngine): void {
    this.#messages.unshift(message);
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** Undefined when no more will come. */
  async next(): Promise<FromEngine | undefined> {
    while (this.#messages.length === 0) {
      if (this.#isEnded) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#messages.shift();
  }
}

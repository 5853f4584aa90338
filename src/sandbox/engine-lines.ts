import { FromEngine } from "./engine/job.ts";

/** A line holds at most a result and what surrounds it, with every character escaped. */
const ESCAPED = 6;
const AROUND_BYTES = 1024 * 1024;
const COMPLAINT_CHARS_MAX = 2_000;

/** What an engine says, message by message. It is checked: a program may have made the engine its own. */
export class EngineLines {
  /** The beginning of what it wrote to stderr. */
  complaint = "";
  readonly #lineBytesMax: number;
  readonly #messages: FromEngine[] = [];
  #pieces: Uint8Array[] = [];
  #pendingBytes = 0;
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(outputBytes: number) {
    this.#lineBytesMax = outputBytes * ESCAPED + AROUND_BYTES;
  }

  take(stream: "stdout" | "stderr", bytes: Uint8Array): void {
    if (this.#isEnded) return;
    if (stream === "stderr") {
      this.complaint = (this.complaint + Buffer.from(bytes).toString()).slice(0, COMPLAINT_CHARS_MAX);
      return;
    }
    let rest = bytes;
    for (let at = rest.indexOf(NEWLINE); at >= 0; at = rest.indexOf(NEWLINE)) {
      this.#pieces.push(rest.subarray(0, at));
      this.#read(Buffer.concat(this.#pieces).toString());
      this.#pieces = [];
      this.#pendingBytes = 0;
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) this.#pieces.push(rest.slice());
    this.#pendingBytes += rest.length;
    if (this.#pendingBytes > this.#lineBytesMax) this.end();
    this.#wake?.();
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

  #read(line: string): void {
    const message = FromEngine.safeParse(parse(line));
    if (message.success) this.#messages.push(message.data);
    else this.end();
  }
}

const NEWLINE = 10;

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

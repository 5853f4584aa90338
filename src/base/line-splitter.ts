/** Cuts a stream of bytes into lines. A line over the limit is reported once and skipped to its end. */
export class LineSplitter {
  readonly #charsMax: number;
  readonly #decoder = new TextDecoder();
  #parts: string[] = [];
  #chars = 0;
  #isSkipping = false;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
  }

  /** The lines that this chunk completes; undefined stands for one that was too long. */
  push(chunk: Uint8Array): (string | undefined)[] {
    const pieces = this.#decoder.decode(chunk, { stream: true }).split("\n");
    const lines: (string | undefined)[] = [];
    for (const [at, piece] of pieces.entries()) {
      this.#add(piece);
      if (at < pieces.length - 1) lines.push(this.#take());
    }
    return lines;
  }

  /** What stands after the last line break when the stream has ended. */
  end(): string | undefined {
    return this.#take();
  }

  #add(piece: string): void {
    this.#chars += piece.length;
    if (this.#chars > this.#charsMax) {
      this.#isSkipping = true;
      this.#parts = [];
    }
    if (!this.#isSkipping) this.#parts.push(piece);
  }

  #take(): string | undefined {
    const line = this.#isSkipping ? undefined : this.#parts.join("");
    this.#parts = [];
    this.#chars = 0;
    this.#isSkipping = false;
    return line;
  }
}

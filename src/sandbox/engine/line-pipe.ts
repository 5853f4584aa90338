/** Lines of a stream, one at a time; undefined at its end. */
export class LinePipe {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #pieces: string[] = [];
  readonly #lines: string[] = [];

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.#take(this.#decoder.decode(value, { stream: true }));
    }
    return this.#lines.shift();
  }

  #take(text: string): void {
    const parts = text.split("\n");
    for (const part of parts.slice(0, -1)) {
      this.#lines.push([...this.#pieces, part].join(""));
      this.#pieces = [];
    }
    this.#pieces.push(parts.at(-1) ?? "");
  }
}

import { LineSplitter } from "./line-splitter.ts";

/** Lines of a stream, one at a time; undefined at its end. They come from our own process, which bounds them. */
export class LinePipe {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #splitter = new LineSplitter(Number.POSITIVE_INFINITY);
  readonly #lines: (string | undefined)[] = [];

  constructor(stream: AsyncIterable<Uint8Array>) {
    this.#chunks = stream[Symbol.asyncIterator]();
  }

  async next(): Promise<string | undefined> {
    while (this.#lines.length === 0) {
      const { value, done } = await this.#chunks.next();
      if (done) return undefined;
      this.#lines.push(...this.#splitter.push(value));
    }
    return this.#lines.shift();
  }
}

/** Passes on a stream until a mark that nobody can guess; the mark itself is passed to nobody. */
export class UntilMark {
  isFound = false;
  readonly #mark: Uint8Array;
  #held: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** What is certain not to be the mark. */
  push(bytes: Uint8Array): Uint8Array {
    if (this.isFound) return bytes;
    const all = Buffer.concat([this.#held, bytes]);
    const at = all.indexOf(this.#mark);
    this.isFound = at >= 0;
    if (this.isFound) {
      this.#held = Buffer.alloc(0);
      return all.subarray(0, at);
    }
    const sure = Math.max(0, all.length - this.#mark.length + 1);
    this.#held = Buffer.from(all.subarray(sure));
    return all.subarray(0, sure);
  }

  /** What was held back, when no mark will come any more. */
  rest(): Uint8Array {
    return this.#held;
  }
}

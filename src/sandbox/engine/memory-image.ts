/** Keeps the bytes of an instance's memory that differ from those that each instance begins with. */
export class MemoryImage {
  readonly #pieces: readonly Piece[];

  private constructor(pieces: readonly Piece[]) {
    this.#pieces = pieces;
  }

  /** What has changed in `memory` since it was `before`. */
  static since(before: ArrayBuffer, { buffer }: WebAssembly.Memory): MemoryImage {
    const pieces: Piece[] = [];
    for (let at = 0; at < buffer.byteLength; at += PIECE_BYTES) {
      const bytes = new Uint8Array(buffer, at, PIECE_BYTES);
      if (Buffer.from(before, at, PIECE_BYTES).equals(bytes)) continue;
      pieces.push({ at, bytes: bytes.slice() });
    }
    return new MemoryImage(pieces);
  }

  copyInto({ buffer }: WebAssembly.Memory): void {
    const memory = new Uint8Array(buffer);
    for (const { at, bytes } of this.#pieces) memory.set(bytes, at);
  }
}

interface Piece {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** As much as the machine hands out at once. */
const PIECE_BYTES = 4_096;

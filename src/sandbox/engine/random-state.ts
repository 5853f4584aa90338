// The state behind a program's random numbers, by its place in the memory: copies of one world must not draw the same.

/** Undefined where it cannot be told. */
export function findRandomState({ buffer }: WebAssembly.Memory, draw: () => void): number | undefined {
  const before = new Uint32Array(buffer.slice(0));
  draw();
  const after = new Uint32Array(buffer);
  const found: number[] = [];
  for (let at = 0; at + 1 < before.length; at += 2) {
    if (before[at] === after[at] && before[at + 1] === after[at + 1]) continue;
    if (next(wordAt(before, at)) === wordAt(after, at)) found.push(at * Uint32Array.BYTES_PER_ELEMENT);
  }
  return found.length === 1 ? found[0] : undefined;
}

export function reseed({ buffer }: WebAssembly.Memory, at: number): void {
  const state = crypto.getRandomValues(new Uint8Array(buffer, at, BigUint64Array.BYTES_PER_ELEMENT));
  state[0] = (state[0] ?? 0) | 1; // Nothing follows on zero but zero.
}

function wordAt(words: Uint32Array, at: number): bigint {
  return (BigInt(words[at + 1] ?? 0) << 32n) | BigInt(words[at] ?? 0);
}

/** As QuickJS goes from one state to the next (xorshift64*). */
function next(state: bigint): bigint {
  let word = state;
  word ^= word >> 12n;
  word = BigInt.asUintN(64, word ^ (word << 25n));
  return word ^ (word >> 27n);
}

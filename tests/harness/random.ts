/** Chance that is the same every time: everything that a seed leads to can be had again. No dependency, no global state. */
export class Random {
  #state: number;

  constructor(seed: string | number) {
    this.#state = hash(String(seed));
  }

  /** From 0 up to, but not including, 1 (mulberry32). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  }

  /** A whole number, both ends included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  isTrue(chance: number): boolean {
    return this.next() < chance;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.int(0, from.length - 1)];
    if (picked === undefined && from.length === 0) throw new Error("nothing to pick from");
    return picked as T;
  }

  /** Some of them, in their order. */
  some<T>(from: readonly T[], chance: number): T[] {
    return from.filter(() => this.isTrue(chance));
  }

  shuffled<T>(from: readonly T[]): T[] {
    const mixed = [...from];
    for (let at = mixed.length - 1; at > 0; at--) {
      const other = this.int(0, at);
      [mixed[at], mixed[other]] = [mixed[other] as T, mixed[at] as T];
    }
    return mixed;
  }

  bytes(count: number): Uint8Array<ArrayBuffer> {
    return Uint8Array.from({ length: count }, () => this.int(0, 255));
  }

  /** Cuts bytes into pieces of odd sizes. */
  pieces(bytes: Uint8Array<ArrayBuffer>, sizeMax: number): Uint8Array<ArrayBuffer>[] {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < bytes.length; ) {
      const size = this.int(1, sizeMax);
      pieces.push(bytes.subarray(at, at + size));
      at += size;
    }
    return pieces;
  }
}

/** FNV-1a over the seed's characters, so that seeds that are near each other lead far apart. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value | 0;
}

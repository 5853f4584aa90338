const HASHED_CHARS = 3;
const BITS = 5;
const MASK = (1 << BITS) - 1;

/** Which of many words stand in a text, by going through it once: looking for each alone costs as much as all the rest. */
export class WordFinder {
  /** By what the first letters of a word come to. */
  readonly #byStart: readonly (readonly string[] | undefined)[];
  /** The same, to ask quickly. */
  readonly #isStart = new Uint8Array(1 << (BITS * HASHED_CHARS));
  /** Too short for that. */
  readonly #short: readonly string[];

  constructor(words: Iterable<string>) {
    const byStart: (string[] | undefined)[] = [];
    const short: string[] = [];
    for (const word of new Set(words)) {
      if (word.length < HASHED_CHARS) {
        short.push(word);
        continue;
      }
      const start = startOf(word);
      byStart[start] ??= [];
      byStart[start].push(word);
      this.#isStart[start] = 1;
    }
    this.#byStart = byStart;
    this.#short = short;
  }

  wordsIn(text: string): ReadonlySet<string> {
    const found = new Set(this.#short.filter((word) => text.includes(word)));
    let start = 0;
    for (let at = 0; at < text.length; at++) {
      start = ((start << BITS) | (text.charCodeAt(at) & MASK)) & (this.#isStart.length - 1);
      if (this.#isStart[start] === 0) continue;
      for (const word of this.#byStart[start] ?? [])
        if (!found.has(word) && text.startsWith(word, at - HASHED_CHARS + 1)) found.add(word);
    }
    return found;
  }
}

function startOf(word: string): number {
  let start = 0;
  for (let at = 0; at < HASHED_CHARS; at++) start = (start << BITS) | (word.charCodeAt(at) & MASK);
  return start;
}

/** One stretch of a text that becomes another; both are kept, so that it can be taken back. */
export interface Splice {
  readonly offset: number;
  readonly removed: string;
  readonly inserted: string;
}

export function splice(text: string, from: number, to: number, inserted: string): Splice {
  return { offset: from, removed: text.slice(from, to), inserted };
}

/** The text with every stretch replaced; they must not overlap. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = text;
  for (const { offset, removed, inserted } of splices.toSorted((a, b) => b.offset - a.offset)) {
    result = result.slice(0, offset) + inserted + result.slice(offset + removed.length);
  }
  return result;
}

/** Several splices as one, over the stretch that holds them all: long enough to be found again. */
export function joinSplices(text: string, splices: readonly Splice[], from: number, to: number): Splice {
  const inner = splices.map((one) => ({ ...one, offset: one.offset - from }));
  return splice(text, from, to, applySplices(text.slice(from, to), inner));
}

/** The text as it was before the splice, when what was inserted stands there once; undefined when it does not. */
export function takeBack(
  text: string,
  { removed, inserted }: Pick<Splice, "removed" | "inserted">,
): string | undefined {
  const at = text.indexOf(inserted);
  if (inserted === "" || at < 0 || text.includes(inserted, at + 1)) return undefined;
  return text.slice(0, at) + removed + text.slice(at + inserted.length);
}

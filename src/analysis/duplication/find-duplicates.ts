import type { Print } from "./token-prints.ts";

export interface Place {
  readonly path: string;
  readonly line: number;
  readonly end_line: number;
}

/** The same, at one place and at another. */
export interface Duplicate {
  readonly lines: number;
  readonly places: readonly [Place, Place];
}

export interface Duplication {
  /** Lines that stand elsewhere too. */
  readonly lines: number;
  readonly largest: readonly Duplicate[];
}

interface Printed {
  readonly path: string;
  readonly prints?: readonly Print[] | undefined;
}

interface At {
  readonly file: number;
  readonly line: number;
  readonly end: number;
}

/** A mark that stands in more places is boilerplate. */
const PLACES_MAX = 100;

/** Looks which marks stand twice, and joins what follows one another. */
export function findDuplicates(files: readonly Printed[], shown: number): Duplication {
  const pairs = new Map<string, Block[]>();
  const covered = files.map(() => new Set<number>());
  for (const places of placesByMark(files).values()) {
    const [first, ...others] = places;
    if (!first || others.length === 0 || places.length > PLACES_MAX) continue;
    for (const place of places) cover(covered[place.file], place);
    for (const other of others) grow(pairs, first, other);
  }
  const largest = [...pairs.values()]
    .flat()
    .map((block) => duplicateOf(files, block))
    .sort((one, other) => other.lines - one.lines || compare(one, other))
    .slice(0, shown);
  return { lines: covered.reduce((sum, lines) => sum + lines.size, 0), largest };
}

function placesByMark(files: readonly Printed[]): Map<number, At[]> {
  const byMark = new Map<number, At[]>();
  for (const [file, { prints = [] }] of files.entries())
    for (const [mark, line, end] of prints) {
      const known = byMark.get(mark);
      if (known) known.push({ file, line, end });
      else byMark.set(mark, [{ file, line, end }]);
    }
  return byMark;
}

function cover(lines: Set<number> | undefined, { line, end }: At): void {
  for (let at = line; at <= end; at++) lines?.add(at);
}

interface Block {
  one: At;
  other: At;
}

/** Marks of two files that are as far apart in both belong together. */
function grow(pairs: Map<string, Block[]>, one: At, other: At): void {
  const key = `${one.file} ${other.file} ${other.line - one.line}`;
  const blocks = pairs.get(key) ?? [];
  pairs.set(key, blocks);
  const last = blocks.find((block) => one.line <= block.one.end + 1 && one.end >= block.one.line - 1);
  if (!last) {
    blocks.push({ one, other });
    return;
  }
  last.one = joined(last.one, one);
  last.other = joined(last.other, other);
}

function joined(one: At, more: At): At {
  return { file: one.file, line: Math.min(one.line, more.line), end: Math.max(one.end, more.end) };
}

function duplicateOf(files: readonly Printed[], { one, other }: Block): Duplicate {
  const placeOf = ({ file, line, end }: At): Place => ({ path: files[file]?.path ?? "", line, end_line: end });
  return { lines: one.end - one.line + 1, places: [placeOf(one), placeOf(other)] };
}

function compare({ places: [one] }: Duplicate, { places: [other] }: Duplicate): number {
  return one.path < other.path ? -1 : one.path > other.path ? 1 : one.line - other.line;
}

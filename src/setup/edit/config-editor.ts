// The port behind which each format of client files lies. An editor never prints a file: it answers with the one
// stretch of the text that has to become another, so that everything else stays as its user wrote it.
import type { Json } from "../../base/json.ts";
import type { Splice } from "./splice.ts";

export type Entry = { readonly [key: string]: Json };

/** One value inside an entry, by its keys. */
export interface Leaf {
  readonly keys: readonly string[];
  readonly value: Json;
}

export interface ConfigEditor {
  /** The members of the map at `path`, by name; of two with one name, the one that counts. Throws `Unreadable`. */
  entries(text: string, path: readonly string[]): ReadonlyMap<string, Json>;
  /** Adds an entry that is not there yet, and the maps around it. */
  put(text: string, path: readonly string[], name: string, entry: Entry): Splice;
  /** Sets these values of an entry that is there, and nothing else of it. */
  change(text: string, path: readonly string[], name: string, leaves: readonly Leaf[]): Splice;
  remove(text: string, path: readonly string[], name: string): Splice;
  /** Everything that the text says but for one entry: two texts that differ only there give the same. */
  rest(text: string, path: readonly string[], name: string): string;
}

/** A file that its client could not read either, or that is not made the way it should be. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
  readonly reason: string;
  /** From 1; undefined where no place can be named. */
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(reason: string, place?: { readonly line: number; readonly column: number }) {
    super(place ? `${reason} at line ${place.line}, column ${place.column}` : reason);
    this.reason = reason;
    this.line = place?.line;
    this.column = place?.column;
  }
}

export function unreadableAt(text: string, offset: number, reason: string): Unreadable {
  const before = text.slice(0, offset).split(/\r\n|\n|\r/);
  return new Unreadable(reason, { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
}

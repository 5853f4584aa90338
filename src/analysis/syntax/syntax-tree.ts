// A file's tree in columns, one number of each for every node, in the order in which they stand: a node, then all that
// is in it. Asking the parser for each node again would cost more than parsing.
import type { Language } from "web-tree-sitter";
import { lineStarts, placeIn } from "./lines.ts";

/** Names of kinds and fields of a grammar, by their numbers. */
export interface Grammar {
  readonly kinds: readonly string[];
  readonly fields: readonly (string | null)[];
  /** Whether a kind has a name of its own; others are words and marks. */
  readonly isNamed: readonly boolean[];
  kind(name: string): number;
  field(name: string): number;
}

export function grammarOf(language: Language): Grammar {
  const kinds = Array.from({ length: language.nodeTypeCount }, (_one, id) => language.nodeTypeForId(id) ?? "");
  const isNamed = kinds.map((_name, id) => language.nodeTypeIsNamed(id));
  const fields = Array.from({ length: language.fieldCount + 1 }, (_one, id) => language.fieldNameForId(id));
  const kindIds = new Map<string, number>();
  // Several numbers may have one name; which one a node has, the tree says by the first.
  kinds.forEach((name, id) => {
    if (!kindIds.has(name)) kindIds.set(name, id);
  });
  const fieldIds = new Map(fields.map((name, id) => [name, id]));
  return {
    kinds,
    fields,
    isNamed,
    kind: (name) => kindIds.get(name) ?? -1,
    field: (name) => fieldIds.get(name) ?? -1,
  };
}

/** The number of a node. The tree itself is 0. */
export type Node = number;
export const NONE: Node = -1;

export class SyntaxTree {
  readonly text: string;
  readonly grammar: Grammar;
  readonly count: number;
  readonly #kind: Uint16Array;
  readonly #field: Uint8Array;
  readonly #start: Uint32Array;
  readonly #end: Uint32Array;
  readonly #parent: Int32Array;
  /** The first node that is not in it any more. */
  readonly #after: Int32Array;
  #lines: Uint32Array | undefined;

  constructor(
    text: string,
    grammar: Grammar,
    columns: {
      readonly count: number;
      readonly kind: Uint16Array;
      readonly field: Uint8Array;
      readonly start: Uint32Array;
      readonly end: Uint32Array;
      readonly parent: Int32Array;
      readonly after: Int32Array;
    },
  ) {
    this.text = text;
    this.grammar = grammar;
    this.count = columns.count;
    this.#kind = columns.kind;
    this.#field = columns.field;
    this.#start = columns.start;
    this.#end = columns.end;
    this.#parent = columns.parent;
    this.#after = columns.after;
  }

  /** How many nodes stand in each other. */
  get depth(): number {
    const depths = new Uint32Array(this.count);
    let deepest = 0;
    for (let node = 1; node < this.count; node++) {
      const depth = (depths[this.#parent[node] ?? 0] ?? 0) + 1;
      depths[node] = depth;
      if (depth > deepest) deepest = depth;
    }
    return deepest;
  }

  kind(node: Node): string {
    return this.grammar.kinds[this.#kind[node] ?? 0] ?? "";
  }

  kindId(node: Node): number {
    return this.#kind[node] ?? 0;
  }

  isNamed(node: Node): boolean {
    return this.grammar.isNamed[this.#kind[node] ?? 0] ?? false;
  }

  start(node: Node): number {
    return this.#start[node] ?? 0;
  }

  end(node: Node): number {
    return this.#end[node] ?? 0;
  }

  parent(node: Node): Node {
    return this.#parent[node] ?? NONE;
  }

  /** The first node that is not in it any more. */
  after(node: Node): Node {
    return this.#after[node] ?? this.count;
  }

  textOf(node: Node): string {
    return this.text.slice(this.#start[node], this.#end[node]);
  }

  *children(node: Node): Generator<Node> {
    const end = this.after(node);
    for (let child = node + 1; child < end; child = this.after(child)) yield child;
  }

  /** The child in a field, or none. */
  child(node: Node, field: string): Node {
    const id = this.grammar.field(field);
    const end = this.after(node);
    for (let child = node + 1; child < end; child = this.after(child)) if (this.#field[child] === id) return child;
    return NONE;
  }

  field(node: Node): string | null {
    return this.grammar.fields[this.#field[node] ?? 0] ?? null;
  }

  isLeaf(node: Node): boolean {
    return this.after(node) === node + 1;
  }

  /** Line and column, both from 1. */
  place(offset: number): { readonly line: number; readonly column: number } {
    return placeIn(this.lines, offset);
  }

  line(node: Node): number {
    return this.place(this.start(node)).line;
  }

  /** Where each line begins. */
  get lines(): Uint32Array {
    this.#lines ??= lineStarts(this.text);
    return this.#lines;
  }
}

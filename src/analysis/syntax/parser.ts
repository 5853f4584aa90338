// Text to trees. Grammars are unpacked when the first file of their language comes; a file that takes too long is left.
import { Language, Parser, type TreeCursor } from "web-tree-sitter";
import { unpacked } from "../unpacked.ts";
import type { Syntax } from "./syntax.ts";
import { type Grammar, grammarOf, NONE, SyntaxTree } from "./syntax-tree.ts";

interface Loaded {
  readonly language: Language;
  readonly grammar: Grammar;
}

/** Why a file has no tree. */
export type NoTree = "time" | "nodes";

const GRAMMARS: Readonly<Record<Syntax | "parser", () => Promise<{ readonly default: string }>>> = {
  parser: () => import("./grammars/parser.b64", { with: { type: "text" } }),
  python: () => import("./grammars/python.b64", { with: { type: "text" } }),
  javascript: () => import("./grammars/javascript.b64", { with: { type: "text" } }),
  typescript: () => import("./grammars/typescript.b64", { with: { type: "text" } }),
  tsx: () => import("./grammars/tsx.b64", { with: { type: "text" } }),
  bash: () => import("./grammars/bash.b64", { with: { type: "text" } }),
};

let ready: Promise<Parser> | undefined;
const loaded = new Map<Syntax, Promise<Loaded>>();

async function makeParser(): Promise<Parser> {
  await Parser.init({ wasmBinary: unpacked(await GRAMMARS.parser()) });
  return new Parser();
}

async function load(syntax: Syntax): Promise<Loaded> {
  const language = await Language.load(unpacked(await GRAMMARS[syntax]()));
  return { language, grammar: grammarOf(language) };
}

export interface ParseBudget {
  readonly nodes: number;
  /** Whether its time is over. */
  isOver(): boolean;
}

/** Mistakes in a file are nodes of the kind ERROR, and the rest of it is there. */
export async function parseText(text: string, syntax: Syntax, budget: ParseBudget): Promise<SyntaxTree | NoTree> {
  ready ??= makeParser();
  const parser = await ready;
  let own = loaded.get(syntax);
  if (!own) {
    own = load(syntax);
    loaded.set(syntax, own);
  }
  const { language, grammar } = await own;
  parser.setLanguage(language);
  const tree = parser.parse(text, null, { progressCallback: () => budget.isOver() });
  if (!tree) {
    // It would go on with this one otherwise.
    parser.reset();
    return "time";
  }
  const cursor = tree.walk();
  try {
    return flatten(text, grammar, cursor, budget);
  } finally {
    cursor.delete();
    tree.delete();
  }
}

class Columns {
  count = 0;
  kind: Uint16Array;
  field: Uint8Array;
  start: Uint32Array;
  end: Uint32Array;
  parent: Int32Array;
  after: Int32Array;

  constructor(size: number) {
    this.kind = new Uint16Array(size);
    this.field = new Uint8Array(size);
    this.start = new Uint32Array(size);
    this.end = new Uint32Array(size);
    this.parent = new Int32Array(size);
    this.after = new Int32Array(size);
  }

  grown(): Columns {
    const larger = new Columns(this.kind.length * 2);
    larger.count = this.count;
    larger.kind.set(this.kind);
    larger.field.set(this.field);
    larger.start.set(this.start);
    larger.end.set(this.end);
    larger.parent.set(this.parent);
    larger.after.set(this.after);
    return larger;
  }
}

const FIRST_SIZE = 256;
const CHARS_PER_NODE = 4;

function flatten(text: string, grammar: Grammar, cursor: TreeCursor, budget: ParseBudget): SyntaxTree | NoTree {
  let columns = new Columns(FIRST_SIZE + Math.ceil(text.length / CHARS_PER_NODE));
  let parent = NONE;
  for (;;) {
    const node = columns.count;
    if (node >= budget.nodes) return "nodes";
    if (node >= columns.kind.length) columns = columns.grown();
    columns.count++;
    columns.kind[node] = cursor.nodeTypeId;
    columns.field[node] = cursor.currentFieldId;
    columns.start[node] = cursor.startIndex;
    columns.end[node] = cursor.endIndex;
    columns.parent[node] = parent;
    if (cursor.gotoFirstChild()) {
      parent = node;
      continue;
    }
    columns.after[node] = columns.count;
    while (!cursor.gotoNextSibling()) {
      if (!cursor.gotoParent()) return new SyntaxTree(text, grammar, columns);
      columns.after[parent] = columns.count;
      parent = columns.parent[parent] ?? NONE;
    }
  }
}

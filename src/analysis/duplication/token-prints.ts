// Marks of a file's tokens: two files that have so many tokens in a row in common have a mark in common, wherever they
// stand and however they are laid out (winnowing).
import type { SyntaxTree } from "../syntax/syntax-tree.ts";

/** A mark, the line where its tokens begin, and the one where they end. */
export type Print = readonly [mark: number, line: number, end: number];

const TOKENS = 50;
/** Of so many marks in a row the least is kept. */
const WINDOW = 25;
const BASE = 257;
const MODULO = 2 ** 31 - 1;
/** `BASE` to the power of the tokens that are in a mark, less one. */
const LEAVES = power(BASE, TOKENS - 1);
/** Imports look alike everywhere. */
const APART = /^(?:comment|import_statement|import_from_statement|future_import_statement)$/;
/** Of more tokens nobody keeps marks. */
const TOKENS_MAX = 400_000;

export function tokenPrints(tree: SyntaxTree): Print[] {
  const { hashes, nodes } = tokensOf(tree);
  if (hashes.length < TOKENS) return [];
  const lineOf = (node: number) => tree.line(node);
  const prints: Print[] = [];
  let kept = -1;
  for (const at of leastOf(rolled(hashes))) {
    if (at === kept) continue;
    kept = at;
    prints.push([markAt(hashes, at), lineOf(nodes[at] ?? 0), lineOf(nodes[at + TOKENS - 1] ?? 0)]);
  }
  return prints;
}

function tokensOf(tree: SyntaxTree): { readonly hashes: number[]; readonly nodes: number[] } {
  const hashes: number[] = [];
  const nodes: number[] = [];
  for (let node = 0; node < tree.count && hashes.length < TOKENS_MAX; ) {
    if (APART.test(tree.kind(node))) {
      node = tree.after(node);
      continue;
    }
    if (tree.isLeaf(node) && tree.end(node) > tree.start(node)) {
      hashes.push(hashOf(tree.text, tree.start(node), tree.end(node)));
      nodes.push(node);
    }
    node++;
  }
  return { hashes, nodes };
}

function hashOf(text: string, start: number, end: number): number {
  let hash = 7;
  for (let at = start; at < end; at++) hash = (hash * 31 + text.charCodeAt(at)) % MODULO;
  return hash;
}

/** The mark of each row of tokens, from the one before. */
function rolled(hashes: readonly number[]): number[] {
  const marks: number[] = [];
  let mark = 0;
  for (const [at, hash] of hashes.entries()) {
    if (at >= TOKENS) mark = (mark + MODULO - multiplied(hashes[at - TOKENS] ?? 0, LEAVES)) % MODULO;
    mark = (multiplied(mark, BASE) + hash) % MODULO;
    if (at >= TOKENS - 1) marks.push(mark);
  }
  return marks;
}

/** Where the least of each window is, the last of them where several are. */
function* leastOf(marks: readonly number[]): Generator<number> {
  let least = 0;
  for (let end = 0; end < marks.length; end++) {
    const begin = Math.max(0, end - WINDOW + 1);
    if (least < begin) least = lastLeast(marks, begin, end);
    else if ((marks[end] ?? 0) <= (marks[least] ?? 0)) least = end;
    // A window is whole from here on, or there is none.
    if (end >= WINDOW - 1 || end === marks.length - 1) yield least;
  }
}

function lastLeast(marks: readonly number[], begin: number, end: number): number {
  let least = begin;
  for (let at = begin + 1; at <= end; at++) if ((marks[at] ?? 0) <= (marks[least] ?? 0)) least = at;
  return least;
}

/** A second hash beside the first: marks of a million lines do not meet by chance. */
function markAt(hashes: readonly number[], at: number): number {
  let first = 3;
  let second = 5;
  for (let token = at; token < at + TOKENS; token++) {
    first = (first * 131 + (hashes[token] ?? 0)) % MODULO;
    second = (second * 137 + (hashes[token] ?? 0)) % MODULO;
  }
  return first * 2 ** 21 + (second % 2 ** 21);
}

/** Of two numbers below 2³¹; their product has too many digits for a number. */
function multiplied(one: number, other: number): number {
  const high = Math.floor(one / 65_536);
  return (((high * other) % MODULO) * 65_536 + (one % 65_536) * other) % MODULO;
}

function power(base: number, exponent: number): number {
  let result = 1;
  for (let at = 0; at < exponent; at++) result = multiplied(result, base);
  return result;
}

// One walk over a file's tree: how many ways lead through each of its functions, and what reading it costs.

import type { Syntax } from "../syntax/syntax.ts";
import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";
import { functionName } from "./function-name.ts";
import { type Shape, shapeOf } from "./shape.ts";

export interface Reason {
  readonly line: number;
  /** The kind of the node, as its grammar calls it. */
  readonly what: string;
  readonly points: number;
}

export interface FunctionMetrics {
  readonly name: string;
  /** Where it stands in the text. */
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly end_line: number;
  readonly cyclomatic: number;
  readonly cognitive: number;
  /** How deep the deepest block stands. */
  readonly nesting: number;
  readonly parameters: number;
  /** Where each point comes from. */
  readonly reasons: { readonly cyclomatic: readonly Reason[]; readonly cognitive: readonly Reason[] };
}

export interface Measured {
  readonly functions: readonly FunctionMetrics[];
  /** Ways outside of functions, and in them. */
  readonly cyclomatic: number;
}

interface Unit {
  readonly node: Node;
  readonly end: Node;
  readonly name: string;
  /** How deep it stands itself. */
  readonly level: number;
  readonly isFunction: boolean;
  ways: [node: Node, points: number][];
  effort: [node: Node, points: number][];
  nesting: number;
  callsItself: boolean;
}

export function measureFunctions(tree: SyntaxTree, syntax: Syntax): Measured {
  return new Walk(tree, shapeOf(syntax)).run();
}

/** The tables of a shape by the numbers of a grammar. */
interface Tables {
  readonly functions: Uint8Array;
  readonly ways: readonly (Shape["ways"][string] | undefined)[];
  readonly effort: readonly (Shape["effort"][string] | undefined)[];
  readonly deeper: readonly (readonly string[] | undefined)[];
}

const FUNCTION = 1;
const APART = 2;
const CLOSED = 4;
const tables = new WeakMap<object, Tables>();

function tablesOf({ grammar }: SyntaxTree, shape: Shape): Tables {
  const known = tables.get(grammar);
  if (known) return known;
  const named = grammar.kinds.map((kind, id) => (grammar.isNamed[id] ? kind : ""));
  const bit = (set: ReadonlySet<string>, kind: string, value: number) => (set.has(kind) ? value : 0);
  const made = {
    functions: Uint8Array.from(
      named.map(
        (kind) =>
          bit(shape.functions, kind, FUNCTION) | bit(shape.apart, kind, APART) | bit(shape.closed, kind, CLOSED),
      ),
    ),
    ways: named.map((kind) => shape.ways[kind]),
    effort: named.map((kind) => shape.effort[kind]),
    deeper: named.map((kind) => shape.deeper[kind]),
  };
  tables.set(grammar, made);
  return made;
}

class Walk {
  readonly #tree: SyntaxTree;
  readonly #tables: Tables;
  readonly #open: Unit[] = [];
  readonly #done: Unit[] = [];
  /** Where each level ends that is open. */
  readonly #levels: Node[] = [];
  #closedUntil = 0;

  constructor(tree: SyntaxTree, shape: Shape) {
    this.#tree = tree;
    this.#tables = tablesOf(tree, shape);
  }

  run(): Measured {
    const tree = this.#tree;
    this.#begin(0, false);
    for (let node = 1; node < tree.count; node++) this.#visit(node);
    const all = [...this.#done, ...this.#open];
    const ways = all.reduce((sum, unit) => sum + pointsOf(unit.ways) + (unit.isFunction ? 1 : 0), 0);
    const functions = all.filter(({ isFunction }) => isFunction).sort((one, other) => one.node - other.node);
    return { functions: functions.map((unit) => this.#metricsOf(unit)), cyclomatic: ways };
  }

  #visit(node: Node): void {
    const tree = this.#tree;
    while (this.#levels.length > 0 && node >= (this.#levels.at(-1) ?? 0)) this.#levels.pop();
    for (let unit = this.#open.at(-1); unit && node >= unit.end; unit = this.#open.at(-1)) {
      this.#done.push(unit);
      this.#open.pop();
    }
    const kind = tree.kindId(node);
    const bits = this.#tables.functions[kind] ?? 0;
    if (this.#isDeeper(node)) this.#deepen(node);
    this.#count(node, kind);
    if (bits === 0) {
      this.#seeCall(node);
      return;
    }
    if (bits & (FUNCTION | APART)) this.#begin(node, (bits & FUNCTION) !== 0);
    if (bits & CLOSED) this.#closedUntil = Math.max(this.#closedUntil, tree.after(node));
  }

  #isDeeper(node: Node): boolean {
    const parent = this.#tree.parent(node);
    const where = this.#tables.deeper[this.#tree.kindId(parent)];
    if (!where || !this.#tree.isNamed(node)) return false;
    return where.some((one) =>
      one.startsWith("*") ? one.length === 1 || this.#tree.kind(node) === one.slice(1) : this.#tree.field(node) === one,
    );
  }

  #deepen(node: Node): void {
    this.#levels.push(this.#tree.after(node));
    for (const unit of this.#open)
      unit.nesting = Math.max(unit.nesting, this.#levels.length - unit.level - (unit.isFunction ? 1 : 0));
  }

  #count(node: Node, kind: number): void {
    const ways = this.#tables.ways[kind];
    const innermost = this.#open.at(-1);
    if (ways !== undefined && innermost && node >= this.#closedUntil) {
      const points = typeof ways === "number" ? ways : ways(this.#tree, node);
      if (points > 0) innermost.ways.push([node, points]);
    }
    const effort = this.#tables.effort[kind];
    if (effort === undefined) return;
    const how = typeof effort === "string" ? effort : effort(this.#tree, node);
    if (how === undefined) return;
    for (const unit of this.#open) {
      if (!unit.isFunction) continue;
      unit.effort.push([node, how === "flat" ? 1 : Math.max(1, this.#levels.length - unit.level)]);
    }
  }

  #begin(node: Node, isFunction: boolean): void {
    const tree = this.#tree;
    this.#open.push({
      node,
      end: tree.after(node),
      name: isFunction ? functionName(tree, node) : "",
      level: this.#levels.length,
      isFunction,
      ways: [],
      effort: [],
      nesting: 0,
      callsItself: false,
    });
  }

  /** Who calls itself has to be understood twice. */
  #seeCall(node: Node): void {
    const tree = this.#tree;
    if (tree.field(node) !== "function" || tree.kind(node) !== "identifier") return;
    const unit = this.#open.at(-1);
    if (!unit?.isFunction || unit.callsItself || tree.textOf(node) !== unit.name) return;
    unit.callsItself = true;
    unit.effort.push([node, 1]);
  }

  #metricsOf({ node, name, ways, effort, nesting }: Unit): FunctionMetrics {
    const tree = this.#tree;
    const reasons = (points: readonly [Node, number][]) =>
      points.map(([at, number]) => ({ line: tree.line(at), what: tree.kind(at), points: number }));
    return {
      name,
      start: tree.start(node),
      end: tree.end(node),
      line: tree.line(node),
      end_line: tree.place(Math.max(tree.start(node), tree.end(node) - 1)).line,
      cyclomatic: 1 + pointsOf(ways),
      cognitive: pointsOf(effort),
      nesting,
      parameters: parametersOf(tree, node),
      reasons: {
        get cyclomatic() {
          return reasons(ways);
        },
        get cognitive() {
          return reasons(effort);
        },
      },
    };
  }
}

function pointsOf(points: readonly [Node, number][]): number {
  return points.reduce((sum, [, number]) => sum + number, 0);
}

const NO_PARAMETERS = new Set(["comment", "positional_separator", "keyword_separator"]);

function parametersOf(tree: SyntaxTree, node: Node): number {
  const list = tree.child(node, "parameters");
  if (list === NONE) return tree.child(node, "parameter") === NONE ? 0 : 1;
  let count = 0;
  for (const child of tree.children(list)) if (tree.isNamed(child) && !NO_PARAMETERS.has(tree.kind(child))) count++;
  return count;
}

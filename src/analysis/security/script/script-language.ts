// What those that read JavaScript need of one another.
import type { Node, SyntaxTree } from "../../syntax/syntax-tree.ts";
import type { Engine } from "../engine.ts";
import type { FunctionValue, Scope, Value } from "../value.ts";
import type { ScriptGuards } from "./script-guards.ts";

/** What runs functions: those that are called, and those that are handed to somebody. */
export interface Functions {
  call(fn: FunctionValue, at: readonly Value[]): Value;
  /** Runs one that is handed over, with what it is given. */
  handed(fn: FunctionValue, given: readonly Value[], source: string | undefined): Value;
  /** The same, once all around it is known. */
  later(fn: FunctionValue, given: readonly Value[], source: string | undefined): void;
  /** How many parameters it has. */
  arity(fn: FunctionValue): number;
  define(node: Node, scope: Scope, name: string, self?: Value): FunctionValue;
  classOf(node: Node, scope: Scope): Value;
}

export interface Expressions {
  readonly engine: Engine;
  readonly tree: SyntaxTree;
  readonly functions: Functions;
  readonly guards: ScriptGuards;
  value(node: Node, scope: Scope): Value;
  /** What an object has under a name, or under what a key is. */
  member(object: Value, name: string, node: Node): Value;
  part(object: Value, key: Value, node: Node): Value;
  refOf(object: string, name: string): string;
  keyOf(key: Node, scope: Scope): string | undefined;
  /** The first that is in it. */
  inner(node: Node): Node;
}

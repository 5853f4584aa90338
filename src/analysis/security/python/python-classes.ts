// Classes: their methods, and the object that all methods share.
import { NONE, type Node } from "../../syntax/syntax-tree.ts";
import type { Engine } from "../engine.ts";
import { type FunctionValue, Scope, type Value } from "../value.ts";
import { decoratorsOf } from "./python-decorators.ts";
import type { PythonExpressions } from "./python-expressions.ts";

interface Program {
  define(node: Node, scope: Scope, decorators: readonly string[], self?: Value): FunctionValue;
  statement(node: Node, scope: Scope): void;
}

export class PythonClasses {
  readonly #engine: Engine;
  readonly #expressions: PythonExpressions;
  readonly #program: Program;

  constructor(engine: Engine, expressions: PythonExpressions, program: Program) {
    this.#engine = engine;
    this.#expressions = expressions;
    this.#program = program;
  }

  define(node: Node, scope: Scope): void {
    const tree = this.#engine.tree;
    const name = tree.textOf(tree.child(node, "name"));
    const inner = new Scope(scope);
    const methods = new Map<string, FunctionValue>();
    const bases = this.#basesOf(node, scope);
    const cls = { name, methods };
    for (const [method, fn] of bases.flatMap((base) => [...(base.cls?.methods ?? [])])) methods.set(method, fn);
    // What it is of decides what it can do: a handler of a server writes pages.
    const base = bases.find(({ ref }) => ref?.includes("."))?.ref;
    // All methods share one object, whoever is called first.
    const self: Value = { cls, parts: new Map(), ref: `${base ?? name}()` };
    for (const child of tree.children(tree.child(node, "body"))) {
      const definition = tree.kind(child) === "decorated_definition" ? tree.child(child, "definition") : child;
      if (tree.kind(definition) !== "function_definition") {
        if (tree.isNamed(child)) this.#program.statement(child, inner);
        continue;
      }
      const decorators = decoratorsOf(this.#engine, this.#expressions, child, scope);
      const isFree = decorators.some((one) => one === "staticmethod" || one === "classmethod");
      const fn = this.#program.define(definition, scope, decorators, isFree ? undefined : self);
      methods.set(fn.name, { ...fn, self: undefined });
    }
    scope.set(name, { cls, ref: base ?? name });
  }

  #basesOf(node: Node, scope: Scope): Value[] {
    const tree = this.#engine.tree;
    const list = tree.child(node, "superclasses");
    if (list === NONE) return [];
    const named = [...tree.children(list)].filter((one) => tree.isNamed(one));
    return named.map((one) => this.#expressions.value(one, scope));
  }
}

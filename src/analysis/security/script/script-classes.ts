// Classes: their methods, their fields, and the object that all methods share.
import { NONE, type Node } from "../../syntax/syntax-tree.ts";
import { type FunctionValue, Scope, type Value } from "../value.ts";
import type { Expressions } from "./script-language.ts";

const FIELDS = new Set(["field_definition", "public_field_definition"]);

export class ScriptClasses {
  readonly #on: Expressions;
  readonly #block: (body: Node, scope: Scope) => void;

  constructor(expressions: Expressions, block: (body: Node, scope: Scope) => void) {
    this.#on = expressions;
    this.#block = block;
  }

  of(node: Node, scope: Scope): Value {
    const tree = this.#on.tree;
    const named = tree.child(node, "name");
    const name = named === NONE ? "a class" : tree.textOf(named);
    const parent = this.#parentOf(node, scope);
    const methods = new Map(parent?.methods ?? []);
    const cls = { name, methods, parent };
    // All methods share one object, whoever is called first.
    const self: Value = { cls, parts: new Map(), ref: `${name}()` };
    const inner = new Scope(scope);
    inner.set("this", self);
    const body = tree.child(node, "body");
    const end = tree.after(body);
    const own: FunctionValue[] = [];
    for (let child = body + 1; child < end; child = tree.after(child)) {
      const kind = tree.kind(child);
      if (kind === "method_definition") {
        const fn = this.#on.functions.define(child, scope, tree.textOf(tree.child(child, "name")), self);
        methods.set(fn.name, { ...fn, self: undefined });
        own.push(fn);
      } else if (FIELDS.has(kind)) this.#field(child, self, inner);
      else if (kind === "class_static_block") this.#block(tree.child(child, "body"), inner);
    }
    return { cls, ref: name };
  }

  #parentOf(node: Node, scope: Scope): Value["cls"] {
    const tree = this.#on.tree;
    const end = tree.after(node);
    for (let child = node + 1; child < end; child = tree.after(child)) {
      if (tree.kind(child) !== "class_heritage") continue;
      const clause = tree.kind(child + 1) === "extends_clause" ? child + 1 : child;
      for (const one of tree.children(clause)) if (tree.isNamed(one)) return this.#on.value(one, scope).cls;
    }
    return undefined;
  }

  #field(node: Node, self: Value, scope: Scope): void {
    const tree = this.#on.tree;
    const value = tree.child(node, "value");
    if (value === NONE) return;
    const property = tree.child(node, "property");
    const name = tree.textOf(property === NONE ? tree.child(node, "name") : property);
    self.parts?.set(name, this.#on.value(value, scope));
  }
}

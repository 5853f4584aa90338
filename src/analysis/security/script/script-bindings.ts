// Names, and parts of objects, that are given a value.
import type { Node } from "../../syntax/syntax-tree.ts";
import { oneArgument } from "../arguments.ts";
import { either, passed, type Scope, taintOf, UNKNOWN, type Value } from "../value.ts";
import type { Expressions } from "./script-language.ts";

export class ScriptBindings {
  readonly #on: Expressions;

  constructor(expressions: Expressions) {
    this.#on = expressions;
  }

  /** Gives a name, or the parts of a pattern, a value. */
  bind(target: Node, value: Value, scope: Scope, isNew: boolean): void {
    const { tree } = this.#on;
    switch (tree.kind(target)) {
      case "identifier":
      case "shorthand_property_identifier_pattern":
        return this.#keepName(target, value, scope, isNew);
      case "member_expression":
        return this.#keep(target, tree.textOf(tree.child(target, "property")), value, scope);
      case "subscript_expression":
        return this.#keepUnder(target, value, scope);
      case "parenthesized_expression":
      case "rest_pattern":
      case "non_null_expression":
        return this.bind(this.#on.inner(target), value, scope, isNew);
      case "assignment_pattern":
      case "object_assignment_pattern": {
        const other = this.#on.value(tree.child(target, "right"), scope);
        return this.bind(tree.child(target, "left"), either(value, other), scope, isNew);
      }
      case "array_pattern":
        return this.#takeApart(target, value, scope, isNew);
      case "object_pattern":
        return this.#takeNamed(target, value, scope, isNew);
      default:
    }
  }

  #keepName(target: Node, value: Value, scope: Scope, isNew: boolean): void {
    const name = this.#on.tree.textOf(target);
    const kept = value.taint ? { ...value, taint: passed(value.taint, target, `is kept as ${name}`) } : value;
    if (isNew) return scope.set(name, kept);
    if (value.ref !== name && scope.get(name) === undefined)
      this.#on.engine.called({ ref: `${name}=`, receiver: undefined, args: oneArgument(value), node: target });
    scope.assign(name, kept);
  }

  #takeApart(target: Node, value: Value, scope: Scope, isNew: boolean): void {
    const { tree } = this.#on;
    let at = 0;
    const end = tree.after(target);
    for (let child = target + 1; child < end; child = tree.after(child)) {
      // `[, b]` takes the second.
      if (!tree.isNamed(child)) {
        if (tree.textOf(child) === ",") at++;
        continue;
      }
      const part = tree.kind(child) === "rest_pattern" ? value : this.#on.part(value, { literal: at }, child);
      this.bind(child, part, scope, isNew);
    }
  }

  #takeNamed(target: Node, value: Value, scope: Scope, isNew: boolean): void {
    const { tree } = this.#on;
    const end = tree.after(target);
    for (let child = target + 1; child < end; child = tree.after(child)) {
      const kind = tree.kind(child);
      if (kind === "pair_pattern") {
        const key = this.#on.keyOf(tree.child(child, "key"), scope);
        const part = key === undefined ? this.#on.part(value, UNKNOWN, child) : this.#named(value, key, child);
        this.bind(tree.child(child, "value"), part, scope, isNew);
      } else if (kind === "rest_pattern") this.bind(child, value, scope, isNew);
      else if (kind === "shorthand_property_identifier_pattern")
        this.bind(child, this.#named(value, tree.textOf(child), child), scope, isNew);
      else if (kind === "object_assignment_pattern")
        this.bind(child, this.#named(value, tree.textOf(tree.child(child, "left")), child), scope, isNew);
    }
  }

  /** What is taken by its name out of something that nothing is known of is what its name says. */
  #named(object: Value, name: string, node: Node): Value {
    const part = this.#on.member(object, name, node);
    const known = this.#on.engine.rules.aliases.get(name);
    const isParameter = object.ref === undefined && (part.taint === undefined || part.taint.sure === "low");
    return known !== undefined && isParameter && !object.parts ? { ref: known } : part;
  }

  /** `object.name = value`. */
  #keep(target: Node, key: string, value: Value, scope: Scope): void {
    const { tree } = this.#on;
    const holder = tree.child(target, "object");
    const object = this.#on.value(holder, scope);
    const ref = this.#on.refOf(object.ref ?? "?", key);
    this.#on.engine.called({ ref: `${ref}=`, receiver: object, args: oneArgument(value), node: target });
    if (value.fn && /^on[a-z]+$/.test(key)) this.#on.functions.later(value.fn, [{ ref: "event" }], undefined);
    this.#keepIn(holder, object, key, value, scope);
  }

  /** `object[key] = value` is a call of its own kind. */
  #keepUnder(target: Node, value: Value, scope: Scope): void {
    const { tree } = this.#on;
    const holder = tree.child(target, "object");
    const object = this.#on.value(holder, scope);
    const key = this.#on.value(tree.child(target, "index"), scope);
    if (typeof key.literal === "string") {
      const ref = this.#on.refOf(object.ref ?? "?", key.literal);
      this.#on.engine.called({ ref: `${ref}=`, receiver: object, args: oneArgument(value), node: target });
    } else {
      const args = { at: [value, key], named: new Map(), isOpen: false };
      this.#on.engine.called({ ref: `${object.ref ?? "?"}.[]=`, receiver: undefined, args, node: target });
    }
    this.#keepIn(holder, object, key.literal === undefined ? "?" : String(key.literal), value, scope);
  }

  #keepIn(holder: Node, object: Value, key: string, value: Value, scope: Scope): void {
    if (object.parts) {
      object.parts.set(key, value);
      return;
    }
    if (this.#on.tree.kind(holder) !== "identifier" || taintOf(value) === undefined) return;
    const { ref, taint } = object;
    scope.assign(this.#on.tree.textOf(holder), { ref, taint, parts: new Map([[key, value]]) });
  }
}

// JavaScript's expressions, one method for each kind of node.
import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import { beginningOf, compared, computed } from "../constant-folding.ts";
import { BECOMES_TEXT, type Engine } from "../engine.ts";
import { mergedChildren } from "../merged-children.ts";
import {
  anyPart,
  either,
  type Literal,
  madeSafe,
  passed,
  type Scope,
  type Taint,
  taintOf,
  UNKNOWN,
  type Value,
  worse,
} from "../value.ts";
import { inOrder, type Vouched, vouchFor } from "../vouched.ts";
import { ScriptBindings } from "./script-bindings.ts";
import { ScriptCalls } from "./script-calls.ts";
import { ScriptGuards } from "./script-guards.ts";
import type { Expressions, Functions } from "./script-language.ts";
import { listValue, objectValue } from "./script-literals.ts";
import { markupValue } from "./script-markup.ts";
import { scriptText, unescaped } from "./script-text.ts";

/** Their names are those of what they hold. */
const GLOBALS = new Set(["window", "globalThis", "global", "self"]);
const FUNCTIONS = new Set(["arrow_function", "function_expression", "generator_function", "function"]);
const TRANSPARENT = new Set([
  "parenthesized_expression",
  "await_expression",
  "as_expression",
  "satisfies_expression",
  "non_null_expression",
  "spread_element",
  "yield_expression",
  "jsx_expression",
]);
const NUMBERS = new Set(["-", "*", "/", "%", "**", "|", "&", "^", "<<", ">>", ">>>"]);

export class ScriptExpressions implements Expressions {
  readonly engine: Engine;
  readonly tree: SyntaxTree;
  readonly functions: Functions;
  readonly guards: ScriptGuards;
  readonly #calls: ScriptCalls;
  readonly #bindings: ScriptBindings;
  /** Whether a name of a name was ever vouched for. */
  #hasPaths = false;

  constructor(engine: Engine, functions: Functions) {
    this.engine = engine;
    this.tree = engine.tree;
    this.functions = functions;
    this.guards = new ScriptGuards(engine.tree, engine.rules, (node, scope) => this.value(node, scope));
    this.#calls = new ScriptCalls(this);
    this.#bindings = new ScriptBindings(this);
  }

  value(node: Node, scope: Scope): Value {
    if (node === NONE) return UNKNOWN;
    this.engine.spend();
    const { tree } = this;
    const kind = tree.kind(node);
    switch (kind) {
      case "identifier":
      case "shorthand_property_identifier":
        return this.name(tree.textOf(node), scope, node);
      case "this":
        return scope.get("this") ?? { ref: "this" };
      case "string":
      case "template_string":
        return this.#text(node, scope);
      case "number":
        return { literal: Number(tree.textOf(node).replaceAll("_", "").replace(/n$/, "")) };
      case "true":
      case "false":
        return { literal: kind === "true" };
      case "null":
        return { literal: null };
      case "undefined":
        return UNKNOWN;
      case "regex":
        return { ref: tree.textOf(node) };
      case "member_expression":
        return this.#member(node, scope);
      case "subscript_expression":
        return this.#subscript(node, scope);
      case "call_expression":
        return this.#calls.call(node, scope);
      case "new_expression":
        return this.#calls.create(node, scope);
      case "class":
        return this.functions.classOf(node, scope);
      default:
        return this.#more(node, kind, scope);
    }
  }

  #more(node: Node, kind: string, scope: Scope): Value {
    switch (kind) {
      case "binary_expression":
        return this.#binary(node, scope);
      case "unary_expression":
        return this.#unary(node, scope);
      case "ternary_expression":
        return this.#conditional(node, scope);
      case "object":
        return objectValue(this, node, scope);
      case "array":
        return listValue(this, node, scope);
      case "assignment_expression":
        return this.#assignment(node, scope);
      case "augmented_assignment_expression":
        return this.#augmented(node, scope);
      case "update_expression":
        return UNKNOWN;
      case "sequence_expression":
        return this.#last(node, scope);
      case "jsx_element":
      case "jsx_self_closing_element":
      case "jsx_fragment":
        return markupValue(this, node, scope);
      default:
        if (FUNCTIONS.has(kind)) return { fn: this.functions.define(node, scope, this.#nameFor(node)) };
        if (kind === "type_assertion") return this.#last(node, scope);
        return TRANSPARENT.has(kind) ? this.value(this.inner(node), scope) : this.merged(node, scope);
    }
  }

  /** What is in brackets, or behind a word. */
  inner(node: Node): Node {
    const { tree } = this;
    const end = tree.after(node);
    for (let child = node + 1; child < end; child = tree.after(child)) if (tree.isNamed(child)) return child;
    return NONE;
  }

  #last(node: Node, scope: Scope): Value {
    const { tree } = this;
    const end = tree.after(node);
    let value = UNKNOWN;
    for (let child = node + 1; child < end; child = tree.after(child))
      if (tree.isNamed(child) && tree.kind(child) !== "type_arguments") value = this.value(child, scope);
    return value;
  }

  /** Whatever stands in it. */
  merged(node: Node, scope: Scope): Value {
    return mergedChildren(this.tree, node, (child) => this.value(child, scope));
  }

  // --- Names ----------------------------------------------------------------------------------------------------------

  name(name: string, scope: Scope, node: Node): Value {
    const known = scope.get(name);
    if (known) return known;
    const ref = this.engine.rules.aliases.get(name) ?? name;
    return { taint: this.engine.sourceOf(ref, node), ref };
  }

  #nameFor(node: Node): string {
    const { tree } = this;
    const parent = tree.parent(node);
    const named = tree.child(parent, tree.kind(parent) === "variable_declarator" ? "name" : "key");
    return named === NONE ? "a function" : tree.textOf(named);
  }

  #member(node: Node, scope: Scope): Value {
    const { tree } = this;
    if (this.#hasPaths) {
      const vouched = scope.get(tree.textOf(node));
      if (vouched) return vouched;
    }
    const object = this.value(tree.child(node, "object"), scope);
    return this.member(object, tree.textOf(tree.child(node, "property")), node);
  }

  member(object: Value, name: string, node: Node): Value {
    const known = object.parts?.get(name);
    if (known) return known;
    const method = object.cls?.methods.get(name);
    if (method) return { fn: { ...method, self: object } };
    if (name === "length" || name === "size") return UNKNOWN;
    const ref = this.refOf(object.ref ?? "?", name);
    const source = this.engine.sourceOf(ref, node);
    // What is known by another name is not just a part of a parameter: `c.req`.
    const isOther = this.engine.rules.aliases.get(`${object.ref}.${name}`) === ref;
    let taint = source ?? (object.isWhole || (isOther && object.taint?.sure === "low") ? undefined : object.taint);
    if (taint) for (const { kinds } of this.engine.rules.sanitizers.of(ref)) taint = madeSafe(taint, kinds);
    return { taint, ref };
  }

  refOf(object: string, name: string): string {
    const ref = GLOBALS.has(object) ? name : `${object}.${name}`;
    return this.engine.rules.aliases.get(ref) ?? ref;
  }

  #subscript(node: Node, scope: Scope): Value {
    const { tree } = this;
    const object = this.value(tree.child(node, "object"), scope);
    const key = this.value(tree.child(node, "index"), scope);
    if (typeof key.literal === "string") return this.member(object, key.literal, node);
    return this.part(object, key, node);
  }

  part(object: Value, key: Value, node: Node): Value {
    return (
      (key.literal === undefined ? undefined : knownPart(object, key.literal)) ?? this.#somePart(object, key, node)
    );
  }

  #somePart(object: Value, key: Value, node: Node): Value {
    // By which key it was reached decides whether it may be the prototype of everything.
    const isForeign = key.literal === undefined && key.prefix === undefined && taintOf(key) !== undefined;
    const ref = object.ref === undefined && !isForeign ? undefined : `${object.ref ?? "?"}[${isForeign ? "key" : ""}]`;
    const source = ref === undefined ? undefined : this.engine.sourceOf(ref, node);
    if (object.parts) return { ...anyPart(object), ref, ...(isForeign ? { literal: undefined } : {}) };
    return { taint: source ?? object.taint, ref };
  }

  // --- Texts ----------------------------------------------------------------------------------------------------------

  #text(node: Node, scope: Scope): Value {
    const { tree } = this;
    const plain = scriptText(tree, node);
    if (plain !== undefined) return { literal: plain, prefix: plain };
    let prefix = "";
    let isBeginning = true;
    let taint: Taint | undefined;
    const end = tree.after(node);
    for (let part = node + 1; part < end; part = tree.after(part)) {
      const kind = tree.kind(part);
      if (kind === "template_substitution") {
        const value = this.value(this.inner(part), scope);
        const its = taintOf(value);
        taint = worse(taint, its);
        if (isBeginning) prefix += beginningOf(value);
        isBeginning &&= its === undefined;
      } else if (isBeginning && kind === "string_fragment") prefix += tree.textOf(part);
      else if (isBeginning && kind === "escape_sequence") prefix += unescaped(tree.textOf(part));
    }
    return { taint: passed(taint, node, BECOMES_TEXT), prefix };
  }

  #binary(node: Node, scope: Scope): Value {
    const { tree } = this;
    const operator = tree.textOf(tree.child(node, "operator"));
    if (operator === "&&" || operator === "||" || operator === "??") return this.#logical(node, operator, scope);
    const left = this.value(tree.child(node, "left"), scope);
    const right = this.value(tree.child(node, "right"), scope);
    if (operator === "+") return this.added(left, right, node);
    if (NUMBERS.has(operator)) {
      const literal = computed(left.literal, operator, right.literal);
      return literal === undefined ? UNKNOWN : { literal };
    }
    const literal = operator === "in" ? undefined : compared(left.literal, operator, right.literal);
    return literal === undefined ? UNKNOWN : { literal };
  }

  added(left: Value, right: Value, node: Node): Value {
    const literal = computed(left.literal, "+", right.literal);
    if (literal !== undefined) return { literal, ...(typeof literal === "string" ? { prefix: literal } : {}) };
    const its = taintOf(left);
    const taint = passed(worse(its, taintOf(right)), node, BECOMES_TEXT);
    const isText = left.prefix !== undefined || right.prefix !== undefined || taint !== undefined;
    if (!isText) return UNKNOWN;
    return { taint, prefix: beginningOf(left) + (its ? "" : beginningOf(right)) };
  }

  #logical(node: Node, operator: string, scope: Scope): Value {
    const { tree } = this;
    const condition = tree.child(node, "left");
    const left = this.value(condition, scope);
    const { whenTrue, whenFalse } = this.guards.of(condition, scope);
    const inner = scope.fork();
    this.vouch(operator === "&&" ? whenTrue : whenFalse, inner);
    const right = this.value(tree.child(node, "right"), inner);
    if (operator === "&&") return right;
    return left.literal === undefined || left.literal === null || left.literal === "" ? either(left, right) : left;
  }

  #conditional(node: Node, scope: Scope): Value {
    const { tree } = this;
    const condition = tree.child(node, "condition");
    const { literal } = this.value(condition, scope);
    const { whenTrue, whenFalse } = this.guards.of(condition, scope);
    const [yes, no] = [scope.fork(), scope.fork()];
    this.vouch(whenTrue, yes);
    this.vouch(whenFalse, no);
    const [consequence, alternative] = [tree.child(node, "consequence"), tree.child(node, "alternative")];
    if (literal !== undefined) return literal ? this.value(consequence, yes) : this.value(alternative, no);
    return either(this.value(consequence, yes), this.value(alternative, no));
  }

  /** Where a condition has vouched for them, names of names included. */
  vouch(names: Vouched["whenTrue"], scope: Scope): void {
    vouchFor(names, scope);
    for (const [path, kinds] of names) {
      if (!path.includes(".")) continue;
      this.#hasPaths = true;
      const [first = "", ...more] = path.split(/\??\./);
      const value = more.reduce((object, name) => this.member(object, name, NONE), this.name(first, scope, NONE));
      scope.set(path, inOrder(value, kinds));
    }
  }

  #unary(node: Node, scope: Scope): Value {
    const { literal } = this.value(this.tree.child(node, "argument"), scope);
    const operator = this.tree.textOf(this.tree.child(node, "operator"));
    if (operator === "!" && literal !== undefined) return { literal: !literal };
    if (operator === "-" && typeof literal === "number") return { literal: -literal };
    return UNKNOWN;
  }

  /** What a key of an object says. */
  keyOf(key: Node, scope: Scope): string | undefined {
    const { tree } = this;
    if (tree.kind(key) === "string") return scriptText(tree, key);
    if (tree.kind(key) !== "computed_property_name") return tree.textOf(key);
    const { literal } = this.value(this.inner(key), scope);
    return literal === undefined ? undefined : String(literal);
  }

  // --- Names that are given a value -----------------------------------------------------------------------------------

  #assignment(node: Node, scope: Scope): Value {
    const { tree } = this;
    const right = tree.child(node, "right");
    const value = this.value(right, scope);
    this.bind(tree.child(node, "left"), this.vouching(value, right, scope), scope);
    return value;
  }

  /** `const ok = ALLOWED.includes(name)` vouches for the name where ok is true. */
  vouching(value: Value, node: Node, scope: Scope): Value {
    const kind = this.tree.kind(node);
    if (kind !== "call_expression" && kind !== "binary_expression") return value;
    const [name] = this.guards.of(node, scope).whenTrue.keys();
    return name === undefined ? value : { ...value, vouchesFor: name };
  }

  #augmented(node: Node, scope: Scope): Value {
    const { tree } = this;
    const left = tree.child(node, "left");
    const right = this.value(tree.child(node, "right"), scope);
    const operator = tree.textOf(tree.child(node, "operator"));
    const before = this.value(left, scope);
    const value =
      operator === "+=" ? this.added(before, right, node) : operator.length > 2 ? either(before, right) : UNKNOWN;
    this.bind(left, value, scope);
    return value;
  }

  bind(target: Node, value: Value, scope: Scope, isNew = false): void {
    this.#bindings.bind(target, value, scope, isNew);
  }
}

function knownPart(object: Value, key: Literal): Value | undefined {
  // The first two are the program itself.
  if (object.ref === "argv" && (key === 0 || key === 1)) return UNKNOWN;
  return object.parts?.get(String(key)) ?? (object.isWhole ? UNKNOWN : undefined);
}

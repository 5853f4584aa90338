// Python's expressions, one method for each kind of node.
import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import { type Arguments, oneArgument } from "../arguments.ts";
import { compared, computed, prefixOf } from "../constant-folding.ts";
import { BECOMES_TEXT, type Engine } from "../engine.ts";
import { mergedChildren } from "../merged-children.ts";
import {
  anyPart,
  either,
  type FunctionValue,
  madeSafe,
  passed,
  Scope,
  type Taint,
  taintOf,
  UNKNOWN,
  type Value,
  worse,
} from "../value.ts";
import { collectionMethod, keyOf } from "./python-collections.ts";
import { pythonText } from "./python-text.ts";

/** Runs the body of a function for a call that is seen. */
export type CallFunction = (fn: FunctionValue, args: Arguments, node: Node) => Value;

const COMPREHENSIONS = new Set([
  "list_comprehension",
  "set_comprehension",
  "dictionary_comprehension",
  "generator_expression",
]);
const IMPORTS = new Set(["__import__", "importlib.import_module"]);
const COLLECTIONS = new Set(["list", "tuple", "set", "expression_list"]);
/** Methods that keep what they are given. */
const MUTATORS = new Set(["set", "put", "append", "add", "write", "push", "update", "extend", "insert", "appendleft"]);
const KEEPS_FORM = new Set(["strip", "lstrip", "rstrip", "lower", "upper", "encode", "decode", "copy", "title"]);

const SETTING = /^[A-Z][A-Z_]*$/;

export class PythonExpressions {
  readonly engine: Engine;
  readonly tree: SyntaxTree;
  readonly callFunction: CallFunction;

  constructor(engine: Engine, callFunction: CallFunction) {
    this.engine = engine;
    this.tree = engine.tree;
    this.callFunction = callFunction;
  }

  value(node: Node, scope: Scope): Value {
    if (node === NONE) return UNKNOWN;
    this.engine.spend();
    const { tree } = this;
    const kind = tree.kind(node);
    switch (kind) {
      case "identifier":
        return this.#name(node, scope);
      case "string":
      case "concatenated_string":
        return this.#text(node, scope);
      case "integer":
      case "float":
        return { literal: Number(tree.textOf(node).replaceAll("_", "")) };
      case "true":
      case "false":
        return { literal: kind === "true" };
      case "none":
        return { literal: null };
      case "attribute":
        return this.#attribute(node, scope);
      case "subscript":
        return this.#subscript(node, scope);
      case "call":
        return this.#call(node, scope);
      case "binary_operator":
        return this.#binary(node, scope);
      case "boolean_operator":
        return either(this.value(tree.child(node, "left"), scope), this.value(tree.child(node, "right"), scope));
      case "conditional_expression":
        return this.#conditional(node, scope);
      case "comparison_operator":
      case "not_operator":
        return this.#truth(node, scope);
      case "dictionary":
        return this.#dictionary(node, scope);
      case "lambda":
        return { fn: { node, name: "lambda", scope } };
      case "named_expression": {
        const value = this.value(tree.child(node, "value"), scope);
        scope.set(tree.textOf(tree.child(node, "name")), value);
        return value;
      }
      default:
        if (COLLECTIONS.has(kind)) return this.#collection(node, scope);
        if (COMPREHENSIONS.has(kind)) return this.#comprehension(node, scope);
        return this.#merged(node, scope);
    }
  }

  /** Whatever stands in it. */
  #merged(node: Node, scope: Scope): Value {
    return mergedChildren(this.tree, node, (child) => this.value(child, scope));
  }

  #name(node: Node, scope: Scope): Value {
    const name = this.tree.textOf(node);
    return scope.get(name) ?? { ref: name };
  }

  // --- Texts --------------------------------------------------------------------------------------------------------

  #text(node: Node, scope: Scope): Value {
    const { tree } = this;
    const plain = pythonText(tree, node);
    if (plain !== undefined) return { literal: plain, prefix: plain };
    let prefix = "";
    let isBeginning = true;
    let taint: Taint | undefined;
    const end = tree.after(node);
    for (let part = node + 1; part < end; ) {
      const kind = tree.kind(part);
      if (kind === "string_content" && isBeginning) prefix += tree.textOf(part);
      if (kind !== "interpolation") {
        part++;
        continue;
      }
      const value = this.value(tree.child(part, "expression"), scope);
      taint = worse(taint, taintOf(value));
      if (isBeginning) prefix += String(value.literal ?? value.prefix ?? "");
      isBeginning &&= value.literal !== undefined;
      part = tree.after(part);
    }
    return { taint: passed(taint, node, BECOMES_TEXT), prefix };
  }

  #binary(node: Node, scope: Scope): Value {
    const { tree } = this;
    const left = this.value(tree.child(node, "left"), scope);
    const right = this.value(tree.child(node, "right"), scope);
    const operator = tree.textOf(tree.child(node, "operator"));
    const literal = computed(left.literal, operator, right.literal);
    if (literal !== undefined) return { literal, ...(typeof literal === "string" ? { prefix: literal } : {}) };
    const taint = passed(worse(taintOf(left), taintOf(right)), node, BECOMES_TEXT);
    const parts =
      operator === "+" && left.parts && right.parts ? new Map([...left.parts, ...shifted(left, right)]) : undefined;
    // A path and a name are a path.
    const ref = operator === "/" ? left.ref : undefined;
    return { taint, prefix: prefixOf(left, operator, right), parts, ref };
  }

  // --- Names of names -------------------------------------------------------------------------------------------------

  #attribute(node: Node, scope: Scope): Value {
    const object = this.value(this.tree.child(node, "object"), scope);
    return this.member(object, this.tree.textOf(this.tree.child(node, "attribute")), node);
  }

  member(object: Value, name: string, node: Node): Value {
    const known = object.parts?.get(name);
    if (known) return known;
    const method = object.cls?.methods.get(name);
    if (method) return { fn: { ...method, self: object } };
    const ref = object.ref === undefined ? undefined : `${object.ref}.${name}`;
    const source = ref === undefined ? undefined : this.engine.sourceOf(ref, node);
    let taint = source ?? (object.isWhole ? undefined : object.taint);
    for (const { kinds } of ref === undefined ? [] : this.engine.rules.sanitizers.of(ref))
      taint = madeSafe(taint, kinds);
    return { taint, ref: ref ?? `?.${name}` };
  }

  #subscript(node: Node, scope: Scope): Value {
    const { tree } = this;
    const object = this.value(tree.child(node, "value"), scope);
    const index = tree.child(node, "subscript");
    const key = this.value(index, scope);
    if (tree.kind(index) === "slice") return { taint: taintOf(object), ref: object.ref, parts: object.parts };
    return this.part(object, key, node);
  }

  part(object: Value, key: Value, node: Node): Value {
    const { literal } = key;
    const size = object.parts?.size ?? 0;
    const name = typeof literal === "number" && literal < 0 ? String(size + literal) : String(literal);
    const known = literal === undefined ? undefined : object.parts?.get(name);
    if (known) return known;
    if (literal !== undefined && object.isWhole) return UNKNOWN;
    const ref = object.ref === undefined ? undefined : `${object.ref}[]`;
    const source = ref === undefined ? undefined : this.engine.sourceOf(ref, node);
    if (object.parts) return { ...anyPart(object), ref };
    return { taint: source ?? object.taint, ref };
  }

  // --- Collections ----------------------------------------------------------------------------------------------------

  #collection(node: Node, scope: Scope): Value {
    const parts = new Map<string, Value>();
    let isWhole = true;
    for (const child of this.tree.children(node)) {
      if (!this.tree.isNamed(child) || this.tree.kind(child) === "comment") continue;
      if (this.tree.kind(child) === "list_splat") isWhole = false;
      parts.set(String(parts.size), this.value(child, scope));
    }
    return { parts, isWhole };
  }

  #dictionary(node: Node, scope: Scope): Value {
    const { tree } = this;
    const parts = new Map<string, Value>();
    let isWhole = true;
    for (const child of tree.children(node)) {
      if (tree.kind(child) !== "pair") {
        if (tree.kind(child) !== "dictionary_splat") continue;
        isWhole = false;
        parts.set(`**${parts.size}`, anyPart(this.value(child, scope)));
        continue;
      }
      const { literal } = this.value(tree.child(child, "key"), scope);
      if (literal === undefined) isWhole = false;
      const value = this.value(tree.child(child, "value"), scope);
      parts.set(literal === undefined ? `?${parts.size}` : String(literal), value);
    }
    return { parts, isWhole };
  }

  #comprehension(node: Node, scope: Scope): Value {
    const { tree } = this;
    const inner = new Scope(scope);
    for (const clause of tree.children(node)) {
      if (tree.kind(clause) === "for_in_clause")
        this.bind(tree.child(clause, "left"), anyPart(this.value(tree.child(clause, "right"), inner)), inner);
      if (tree.kind(clause) === "if_clause") this.#merged(clause, inner);
    }
    const body = tree.child(node, "body");
    const value = tree.kind(body) === "pair" ? this.#merged(body, inner) : this.value(body, inner);
    return { taint: taintOf(value), parts: new Map([["0", value]]) };
  }

  /** Gives a name, or the parts of a pattern, a value. */
  bind(target: Node, value: Value, scope: Scope): void {
    const { tree } = this;
    const kind = tree.kind(target);
    if (kind === "identifier") {
      const name = tree.textOf(target);
      // What settings are called is the same everywhere.
      if (SETTING.test(name))
        this.engine.called({ ref: `${name}=`, receiver: undefined, args: oneArgument(value), node: target });
      scope.set(name, value.taint ? { ...value, taint: passed(value.taint, target, `is kept as ${name}`) } : value);
      return;
    }
    if (kind === "attribute") return this.#keep(target, tree.textOf(tree.child(target, "attribute")), value, scope);
    if (kind === "subscript") {
      const { literal } = this.value(tree.child(target, "subscript"), scope);
      this.#keepsUnder(target, value, scope);
      return this.#keep(target, literal === undefined ? "?" : String(literal), value, scope);
    }
    let at = 0;
    for (const child of tree.children(target)) {
      if (!tree.isNamed(child)) continue;
      this.bind(child, this.part(value, { literal: at }, child), scope);
      at++;
    }
  }

  /** `session[key] = value` is a call of its own kind. */
  #keepsUnder(target: Node, value: Value, scope: Scope): void {
    const { tree } = this;
    const object = this.value(tree.child(target, "value"), scope);
    if (object.ref === undefined) return;
    const args = { at: [value, this.value(tree.child(target, "subscript"), scope)], named: new Map(), isOpen: false };
    this.engine.called({ ref: `${object.ref}[]=`, receiver: undefined, args, node: target });
  }

  /** `object.name = value`, `object[key] = value`. */
  #keep(target: Node, key: string, value: Value, scope: Scope): void {
    const { tree } = this;
    const holder = tree.child(target, tree.kind(target) === "attribute" ? "object" : "value");
    const object = this.value(holder, scope);
    if (object.ref !== undefined && tree.kind(target) === "attribute")
      this.engine.called({ ref: `${object.ref}.${key}=`, receiver: object, args: oneArgument(value), node: target });
    if (object.parts) {
      object.parts.set(key, value);
      return;
    }
    if (tree.kind(holder) !== "identifier") return;
    const { ref, taint } = object;
    scope.set(tree.textOf(holder), { ref, taint: worse(taint, taintOf(value)), parts: new Map([[key, value]]) });
  }

  // --- Calls ----------------------------------------------------------------------------------------------------------

  #call(node: Node, scope: Scope): Value {
    const { tree } = this;
    const callee = tree.child(node, "function");
    const isMember = tree.kind(callee) === "attribute";
    const receiver = isMember ? this.value(tree.child(callee, "object"), scope) : undefined;
    const name = isMember ? tree.textOf(tree.child(callee, "attribute")) : "";
    const target = receiver ? this.member(receiver, name, callee) : this.value(callee, scope);
    const args = this.#arguments(tree.child(node, "arguments"), scope);
    if (target.fn) return this.callFunction(target.fn, args, node);
    const [named] = args.at;
    // A module by its name is that module.
    if (IMPORTS.has(target.ref ?? "") && typeof named?.literal === "string") return { ref: named.literal };
    if (target.cls) return this.#create(target, args, node);
    if (receiver) {
      const done = collectionMethod(receiver, name, args.at, (key) => this.part(receiver, key, node));
      if (done) return done;
      if (MUTATORS.has(name)) this.#mutate(tree.child(callee, "object"), receiver, args, scope);
    }
    const answer = this.engine.called({ ref: target.ref ?? "?", receiver, args, node });
    return { ...answer, ...this.#form(receiver, name, args) };
  }

  /** What a call is given; nothing for what is no call. */
  argumentsOf(call: Node, scope: Scope): Arguments {
    return this.#arguments(this.tree.child(call, "arguments"), scope);
  }

  #arguments(list: Node, scope: Scope): Arguments {
    const { tree } = this;
    const at: Value[] = [];
    const named = new Map<string, Value>();
    let isOpen = false;
    if (tree.kind(list) === "generator_expression") return { at: [this.value(list, scope)], named, isOpen };
    for (const child of list === NONE ? [] : tree.children(list)) {
      if (!tree.isNamed(child) || tree.kind(child) === "comment") continue;
      if (tree.kind(child) === "keyword_argument") {
        named.set(tree.textOf(tree.child(child, "name")), this.value(tree.child(child, "value"), scope));
        continue;
      }
      const value = this.value(child, scope);
      const isSplat = tree.kind(child) === "list_splat" || tree.kind(child) === "dictionary_splat";
      isOpen ||= isSplat;
      at.push(isSplat && value.parts ? anyPart(value) : value);
    }
    return { at, named, isOpen };
  }

  #create(target: Value, args: Arguments, node: Node): Value {
    const { cls } = target;
    const object: Value = { cls, parts: new Map(), ref: `${cls?.name}()` };
    const made = cls?.methods.get("__init__");
    if (made) this.callFunction({ ...made, self: object }, args, node);
    return object;
  }

  /** What is put into something unknown is in it from then on. */
  #mutate(holder: Node, receiver: Value, { at }: Arguments, scope: Scope): void {
    const value = at.at(-1);
    if (!value || this.tree.kind(holder) !== "identifier" || !at.some((one) => taintOf(one))) return;
    const parts = new Map([[keyOf(at.slice(0, -1)), value]]);
    scope.set(this.tree.textOf(holder), { ref: receiver.ref, taint: receiver.taint, parts });
  }

  /** How a text that was made begins. */
  #form(receiver: Value | undefined, name: string, { at }: Arguments): Pick<Value, "prefix" | "literal"> {
    if (!receiver) return {};
    const { literal } = receiver;
    if (name === "format" && typeof literal === "string") return { prefix: literal.split("{", 1)[0] ?? "" };
    if (name === "join") {
      const first = at[0]?.parts?.get("0");
      return first?.prefix === undefined ? {} : { prefix: first.prefix };
    }
    return KEEPS_FORM.has(name) && receiver.prefix !== undefined ? { prefix: receiver.prefix } : {};
  }

  // --- Truth ----------------------------------------------------------------------------------------------------------

  #conditional(node: Node, scope: Scope): Value {
    const [yes = NONE, condition = NONE, no = NONE] = [...this.tree.children(node)].filter((one) =>
      this.tree.isNamed(one),
    );
    const { literal } = this.value(condition, scope);
    if (literal !== undefined) return this.value(literal ? yes : no, scope);
    return either(this.value(yes, scope), this.value(no, scope));
  }

  #truth(node: Node, scope: Scope): Value {
    const { tree } = this;
    const children = [...tree.children(node)];
    if (tree.kind(node) === "not_operator") {
      const { literal } = this.value(tree.child(node, "argument"), scope);
      return literal === undefined ? UNKNOWN : { literal: !literal };
    }
    const values = children.filter((one) => tree.isNamed(one)).map((one) => this.value(one, scope));
    const words = children.filter((one) => !tree.isNamed(one)).map((one) => tree.textOf(one));
    const [left, right] = values;
    if (values.length !== 2 || !left || !right) return UNKNOWN;
    const literal = compared(left.literal, words.join(" "), right.literal);
    return literal === undefined ? UNKNOWN : { literal };
  }
}

function shifted(left: Value, right: Value): [string, Value][] {
  const size = left.parts?.size ?? 0;
  return [...(right.parts?.values() ?? [])].map((value, at) => [String(size + at), value]);
}

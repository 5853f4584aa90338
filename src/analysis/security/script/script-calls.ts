// What happens at a call in JavaScript: of a function that is seen, of a list's method, of something from elsewhere.
import { NONE, type Node } from "../../syntax/syntax-tree.ts";
import { type Arguments, allOf, oneArgument } from "../arguments.ts";
import { beginningOf } from "../constant-folding.ts";
import { type FunctionValue, passed, type Scope, taintOf, UNKNOWN, type Value, worse } from "../value.ts";
import {
  answerOfList,
  collectionMethod,
  givenByList,
  joined,
  mergeInto,
  objectMethod,
  TAKES_EACH,
} from "./script-collections.ts";
import type { Expressions } from "./script-language.ts";
import { moduleRef } from "./script-modules.ts";

/** Methods that keep what they are given. */
const MUTATORS = new Set(["set", "push", "append", "add", "write", "unshift"]);
const CHANGES: Readonly<Record<string, (text: string) => string>> = {
  trim: (text) => text.trim(),
  trimEnd: (text) => text.trimEnd(),
  trimStart: (text) => text.trimStart(),
  toLowerCase: (text) => text.toLowerCase(),
  toUpperCase: (text) => text.toUpperCase(),
  toString: (text: string) => text,
};
/** Those that go on once there is an answer, with it. */
const GOES_ON = new Set(["then", "tap", "pipe"]);
const HOLDERS = new Set(["Map", "Set", "WeakMap", "Array", "Headers", "FormData", "URLSearchParams"]);

const KEEPS_CASE = /^(?:trim|toString)/;

/** A call of a member: `receiver.name(args)`. */
interface Member {
  readonly receiver: Value | undefined;
  readonly name: string;
  readonly args: Arguments;
  readonly node: Node;
  readonly callee: Node;
}

export class ScriptCalls {
  readonly #on: Expressions;

  constructor(expressions: Expressions) {
    this.#on = expressions;
  }

  call(node: Node, scope: Scope): Value {
    const { tree } = this.#on;
    const callee = this.#bare(tree.child(node, "function"));
    const kind = tree.kind(callee);
    const args = this.#arguments(tree.child(node, "arguments"), scope);
    if (kind === "import") return this.#module(args, node);
    if (kind === "super") return this.#superior(args, scope);
    if (kind === "subscript_expression") this.#chosen(callee, node, scope);
    const isMember = kind === "member_expression";
    const receiver = isMember ? this.#on.value(tree.child(callee, "object"), scope) : undefined;
    const name = isMember ? tree.textOf(tree.child(callee, "property")) : "";
    // What a chain of calls begins with is gone through once, however long the chain.
    const target = receiver ? this.#on.member(receiver, name, callee) : this.#on.value(callee, scope);
    if (target.ref === "require" && args.at.length === 1) return this.#module(args, node);
    const direct = this.#indirect(receiver, name, args, node);
    if (direct) return direct;
    if (target.fn) return this.#on.functions.call(target.fn, args.at);
    return this.#foreign(target, { receiver, name, args, node, callee }, scope);
  }

  /** Without brackets, and without what only a compiler reads. */
  #bare(callee: Node): Node {
    const { tree } = this.#on;
    const kind = tree.kind(callee);
    if (kind === "parenthesized_expression") return this.#bare(callee + 2);
    return kind === "non_null_expression" || kind === "instantiation_expression" ? this.#bare(callee + 1) : callee;
  }

  #arguments(list: Node, scope: Scope): Arguments {
    const { tree } = this.#on;
    const at: Value[] = [];
    let isOpen = false;
    if (list === NONE) return { at, named: new Map(), isOpen };
    // `sql`…`` is given what is put in, and not as text.
    if (tree.kind(list) === "template_string") return { at: [], named: new Map(), isOpen: true };
    const end = tree.after(list);
    for (let child = list + 1; child < end; child = tree.after(child)) {
      if (!tree.isNamed(child) || tree.kind(child) === "comment") continue;
      const given = this.#on.value(child, scope);
      // Whoever is given the place is given its address.
      const value = given.ref === "location" && !given.taint ? this.#on.member(given, "href", child) : given;
      if (tree.kind(child) !== "spread_element") {
        at.push(value);
        continue;
      }
      isOpen ||= !value.isWhole;
      if (value.parts) at.push(...value.parts.values());
      else at.push({ taint: value.taint });
    }
    return { at, named: new Map(), isOpen };
  }

  #module(args: Arguments, node: Node): Value {
    const { engine } = this.#on;
    const [said] = args.at;
    if (typeof said?.literal === "string") return { ref: moduleRef(said.literal, engine.rules.aliases) };
    engine.called({ ref: "require", receiver: undefined, args, node });
    return UNKNOWN;
  }

  #superior(args: Arguments, scope: Scope): Value {
    const self = scope.get("this");
    const made = self?.cls?.parent?.methods.get("constructor");
    if (made && self) this.#on.functions.call({ ...made, self }, args.at);
    return UNKNOWN;
  }

  /** `handlers[name]()`. */
  #chosen(callee: Node, node: Node, scope: Scope): void {
    const { tree, engine } = this.#on;
    const key = this.#on.value(tree.child(callee, "index"), scope);
    if (key.literal === undefined && taintOf(key))
      engine.called({ ref: "[]()", receiver: undefined, args: oneArgument(key), node });
  }

  /** `fn.call(it, a)`, `fn.apply(it, [a])`, `fn.bind(it)`, `promisify(fn)`. */
  #indirect(receiver: Value | undefined, name: string, { at }: Arguments, node: Node): Value | undefined {
    const fn = receiver?.fn;
    if (!receiver || (name !== "call" && name !== "apply" && name !== "bind")) return undefined;
    if (name === "bind") return receiver;
    const given = name === "call" ? at.slice(1) : [...(at[1]?.parts?.values() ?? [])];
    if (fn) return this.#on.functions.call(fn, given);
    if (receiver.ref === undefined) return undefined;
    const args: Arguments = { at: given, named: new Map(), isOpen: false };
    return this.#on.engine.called({ ref: receiver.ref, receiver: undefined, args, node });
  }

  /** A call of what is not seen: of a list, of a module, of nobody knows what. */
  #foreign(target: Value, { receiver, name, args, node, callee }: Member, scope: Scope): Value {
    const { engine, tree } = this.#on;
    const ref = target.ref ?? "?";
    const [first] = args.at;
    if (ref.endsWith("promisify") && first) return first;
    const done = receiver && this.#ofList(receiver, name, args, scope);
    if (done) return done;
    if (receiver && MUTATORS.has(name)) this.#mutate(tree.child(callee, "object"), receiver, args, scope);
    const answer = engine.called({ ref, receiver, args, node });
    const known = objectMethod(ref, args.at);
    if (known) return known;
    const next = this.#handOver(ref, receiver, name, args, answer);
    if (next) return next;
    // What is reached by a name that is a source is one, called or not.
    const own = target.taint === receiver?.taint ? undefined : passed(target.taint, node, `goes through ${ref}`);
    return { ...this.#renamed(answer), taint: worse(own, answer.taint), ...formOf(receiver, name, args) };
  }

  #renamed(answer: Value): Value {
    const ref = this.#on.engine.rules.aliases.get(answer.ref ?? "");
    return ref === undefined ? answer : { ...answer, ref };
  }

  /** Functions that are given run some time, with what is known of what they are given. */
  #handOver(ref: string, receiver: Value | undefined, name: string, args: Arguments, answer: Value): Value | undefined {
    const { functions } = this.#on;
    let next: Value | undefined;
    for (const { fn, parts } of allOf(args)) {
      if (fn) next = this.#handOne(fn, ref, receiver, name, args, answer);
      else for (const part of parts?.values() ?? []) if (part.fn) functions.later(part.fn, [], undefined);
    }
    return next;
  }

  /** What a call answers once the function that it was given has; undefined where that is another matter. */
  #handOne(
    fn: FunctionValue,
    ref: string,
    receiver: Value | undefined,
    name: string,
    args: Arguments,
    answer: Value,
  ): Value | undefined {
    const { functions, engine } = this.#on;
    if (GOES_ON.has(name) && receiver) return functions.handed(fn, [comingOf(receiver)], undefined);
    if (ref === "Promise") {
      functions.handed(fn, [{ ref: "resolve" }], undefined);
      return undefined;
    }
    if (isRoute(ref, name, args)) {
      functions.later(fn, ROUTE_GIVENS[functions.arity(fn)] ?? [], undefined);
      return undefined;
    }
    if (name === "addEventListener" || ref === "addEventListener") {
      functions.later(fn, [{ ref: "event" }], undefined);
      return undefined;
    }
    const [event] = args.at;
    const handed = name === "on" && typeof event?.literal === "string" ? HANDED[event.literal] : undefined;
    if (handed) {
      functions.later(fn, [{ ref: handed }], undefined);
      return undefined;
    }
    const isAfter = name === "catch" || name === "finally";
    functions.later(fn, isAfter ? [UNKNOWN] : [], engine.rules.entries.of(ref)[0]?.what);
    return isAfter ? answer : undefined;
  }

  #ofList(receiver: Value, name: string, args: Arguments, scope: Scope): Value | undefined {
    const [first] = args.at;
    if (first?.fn && (TAKES_EACH.has(name) || name === "replace" || name === "replaceAll")) {
      const answer = this.#on.functions.handed(first.fn, givenByList(receiver, name, args.at), undefined);
      const kept = answerOfList(receiver, name, answer);
      return name === "filter" && this.#picks(first.fn, scope) ? { isWhole: true, parts: new Map() } : kept;
    }
    if (name === "join" && receiver.parts) return this.#joinedText(receiver, first);
    return collectionMethod(receiver, name, args.at);
  }

  /** Whether only what is in order is left: `names.filter((name) => ALLOWED.has(name))`. */
  #picks(fn: FunctionValue, scope: Scope): boolean {
    const { tree, guards } = this.#on;
    const body = tree.child(fn.node, "body");
    const single = tree.child(fn.node, "parameter");
    if (body === NONE || tree.kind(body) === "statement_block") return false;
    const name = tree.textOf(single === NONE ? tree.child(fn.node, "parameters") + 2 : single);
    const inner = scope.fork();
    inner.set(name, { taint: { source: "", sure: "low", steps: [], safeFor: 0 } });
    return guards.of(body, inner).whenTrue.has(name);
  }

  #joinedText(receiver: Value, separator: Value | undefined): Value {
    const all = [...(receiver.parts?.values() ?? [])];
    const between = separator === undefined ? "," : separator.literal;
    let text: string | undefined = typeof between === "string" ? "" : undefined;
    for (const [at, one] of all.entries()) {
      const said = one.literal === undefined ? undefined : String(one.literal);
      text = text === undefined || said === undefined ? undefined : text + (at > 0 ? between : "") + said;
    }
    if (text !== undefined && receiver.isWhole) return { literal: text, prefix: text };
    return { taint: taintOf(receiver), prefix: all[0] ? beginningOf(all[0]) : "" };
  }

  /** `new X(…)`. */
  create(node: Node, scope: Scope): Value {
    const { tree, functions, engine } = this.#on;
    const target = this.#on.value(this.#bare(tree.child(node, "constructor")), scope);
    const args = this.#arguments(tree.child(node, "arguments"), scope);
    const ref = target.ref ?? "?";
    if (target.cls) {
      const object: Value = { cls: target.cls, parts: new Map(), ref: `${target.cls.name}()` };
      const made = target.cls.methods.get("constructor");
      if (made) functions.call({ ...made, self: object }, args.at);
      return object;
    }
    if (target.fn) {
      const self: Value = { parts: new Map(), ref: `${target.fn.name}()` };
      functions.call({ ...target.fn, self }, args.at);
      return self;
    }
    const answer = engine.called({ ref, receiver: undefined, args, node });
    this.#handOver(ref, undefined, "", args, answer);
    const made = this.#renamed(answer);
    if (!HOLDERS.has(ref)) return made;
    const held = args.at.length > 0 ? joined(args.at) : { parts: new Map<string, Value>() };
    return { ...made, parts: held.parts };
  }

  /** What is put into something unknown is in it from then on. */
  #mutate(holder: Node, receiver: Value, { at }: Arguments, scope: Scope): void {
    const value = at.at(-1);
    if (!value || this.#on.tree.kind(holder) !== "identifier" || !at.some((one) => taintOf(one))) return;
    const name = this.#on.tree.textOf(holder);
    if (receiver.ref !== undefined && this.#on.engine.rules.aliases.has(name)) return;
    const parts = new Map([[String(at[0]?.literal), value]]);
    if (receiver.parts) mergeInto(receiver, { parts });
    else scope.assign(name, { ref: receiver.ref, taint: receiver.taint, parts });
  }
}

/** How a text that was made begins. */
function formOf(receiver: Value | undefined, name: string, { at }: Arguments): Pick<Value, "prefix" | "literal"> {
  const { literal, prefix } = receiver ?? {};
  if (prefix === undefined) return {};
  const change = CHANGES[name];
  if (change && typeof literal === "string") return { literal: change(literal), prefix: change(literal) };
  if (change) return { prefix: KEEPS_CASE.test(name) ? prefix : "" };
  if (name === "concat") return { prefix: prefix + (literal !== undefined && at[0] ? beginningOf(at[0]) : "") };
  return name.startsWith("replace") ? { prefix: untilReplaced(prefix, literal, at[0]?.literal) } : {};
}

function untilReplaced(prefix: string, literal: Value["literal"], wanted: Value["literal"]): string {
  const from = typeof wanted === "string" && typeof literal === "string" ? literal.indexOf(wanted) : -1;
  return from < 0 ? prefix : prefix.slice(0, from);
}

const REQUEST: Value = { ref: "request" };
const RESPONSE: Value = { ref: "response" };
/** What a server gives to whom it has given a way, by how much they take. */
/** What comes with an event, by what the event is called everywhere. */
const HANDED: Readonly<Record<string, string>> = { connection: "socket", connect: "socket", entry: "entry" };
const ROUTE_GIVENS: Readonly<Record<number, readonly Value[]>> = {
  1: [{ ref: "ctx" }],
  2: [REQUEST, RESPONSE],
  3: [REQUEST, RESPONSE, { ref: "next" }],
  4: [{ ref: "error" }, REQUEST, RESPONSE, { ref: "next" }],
};
const VERBS = /^(?:get|post|put|patch|delete|del|head|options|all|any|use)$/;

/** `app.get("/a", fn)`, `http.createServer(fn)`. */
function isRoute(ref: string, name: string, { at }: Arguments): boolean {
  if (/^https?\.createServer$/.test(ref)) return true;
  const [path] = at;
  return VERBS.test(name) && typeof path?.literal === "string" && path.literal.startsWith("/");
}

/** What a promise comes to: which text that is, nobody knows any more. */
function comingOf(value: Value): Value {
  return value.parts ? value : { taint: value.taint, ref: value.ref };
}

// What is known of a value without running anything: where it comes from, what it is called, what it surely is, what is
// in it. Whatever is not known is left out.
import type { Node } from "../syntax/syntax-tree.ts";

export interface FlowStep {
  readonly node: Node;
  readonly what: string;
}

/** Somebody else has a say in it. */
export interface Taint {
  /** What it comes from, in words. */
  readonly source: string;
  readonly sure: "high" | "medium" | "low";
  /** By whoever runs the program. */
  readonly isLocal?: boolean;
  /** From there to here. */
  readonly steps: readonly FlowStep[];
  /** Kinds of weakness that it was made safe for, a bit each. */
  readonly safeFor: number;
}

export interface FunctionValue {
  readonly node: Node;
  readonly name: string;
  readonly scope: Scope;
  /** The object that it is called on. */
  readonly self?: Value | undefined;
}

export type Literal = string | number | boolean | null;

export interface Value {
  readonly taint?: Taint | undefined;
  /** What it surely is. */
  readonly literal?: Literal | undefined;
  /** How a text begins, for sure. */
  readonly prefix?: string | undefined;
  /** What it is called where it comes from: `os.system`, `flask.request.args`, `sqlite3.connect()`. */
  readonly ref?: string | undefined;
  /** What is in it, by key; shared by all who hold it. */
  readonly parts?: Map<string, Value> | undefined;
  /** It has the parts that are named, and no others. */
  readonly isWhole?: boolean | undefined;
  readonly fn?: FunctionValue | undefined;
  readonly cls?: ClassValue | undefined;
  /** The name whose value is in order when this is true. */
  readonly vouchesFor?: string | undefined;
}

export interface ClassValue {
  readonly name: string;
  readonly methods: ReadonlyMap<string, FunctionValue>;
  readonly parent?: ClassValue | undefined;
}

export const UNKNOWN: Value = {};
const STEPS_MAX = 12;
/** Of what holds more, and deeper, nobody tells the parts apart. */
const PARTS_MAX = 64;
const PARTS_DEEP_MAX = 3;

/** Names and what they are, one frame inside another; of a frame, one way over what was known before it parted. */
export class Scope {
  readonly parent: Scope | undefined;
  /** The same frame, as it stood when this way began. */
  readonly #before: Scope | undefined;
  readonly #names = new Map<string, Value>();

  constructor(parent?: Scope, before?: Scope) {
    this.parent = parent;
    this.#before = before;
  }

  get(name: string): Value | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.#before ?? scope.parent) {
      const value = scope.#names.get(name);
      if (value) return value;
    }
    return undefined;
  }

  set(name: string, value: Value): void {
    this.#names.set(name, value);
  }

  /** Gives it to the frame that it is a name of. */
  assign(name: string, value: Value): void {
    if (this.#own(name)) return this.set(name, value);
    for (let outer = this.parent; outer; outer = outer.parent) {
      const known = outer.#own(name);
      // Nobody knows when it is looked at from there.
      if (known) return outer.set(name, either(value, known));
    }
    this.set(name, value);
  }

  #own(name: string): Value | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.#before) {
      const value = scope.#names.get(name);
      if (value) return value;
    }
    return undefined;
  }

  /** Goes through the names of this frame, as they are seen from here. */
  forEachName(look: (name: string, value: Value) => void): void {
    for (let scope: Scope | undefined = this; scope; scope = scope.#before)
      for (const [name, value] of scope.#names) if (this.#own(name) === value) look(name, value);
  }

  /** A way from here that may not be taken. This one stays as it is until then. */
  fork(): Scope {
    return new Scope(this.parent, this);
  }

  /** After ways from here, one of which was taken. Answers whether what somebody else has a say in is another. */
  join(...ways: readonly Scope[]): boolean {
    let differs = false;
    for (const name of this.#changedIn(ways)) {
      const known = this.#own(name);
      let merged: Value | undefined;
      for (const way of ways) merged = either(merged, way.#own(name));
      if (!merged || merged === known) continue;
      differs ||= merged.taint !== known?.taint || merged.parts !== known?.parts;
      this.#names.set(name, merged);
    }
    return differs;
  }

  #changedIn(ways: readonly Scope[]): Set<string> {
    const names = new Set<string>();
    for (const way of ways)
      for (let scope: Scope | undefined = way; scope && scope !== this; scope = scope.#before)
        for (const name of scope.#names.keys()) names.add(name);
    return names;
  }

  /** After a way that was surely taken. */
  become(way: Scope): void {
    this.join(way);
  }
}

/** One of both: what both are is known of it. */
export function either(one: Value | undefined, other: Value | undefined, depth = PARTS_DEEP_MAX): Value {
  if (!one || one === other) return other ?? UNKNOWN;
  if (!other) return one;
  return {
    taint: worse(one.taint, other.taint),
    ...(one.literal === other.literal ? { literal: one.literal } : {}),
    ...(one.prefix === undefined || other.prefix === undefined ? {} : { prefix: shared(one.prefix, other.prefix) }),
    ref: one.ref?.endsWith("[key]") ? one.ref : other.ref?.endsWith("[key]") ? other.ref : (one.ref ?? other.ref),
    parts: mergedParts(one.parts, other.parts, depth),
    isWhole: one.isWhole && other.isWhole,
    fn: one.fn ?? other.fn,
    cls: one.cls ?? other.cls,
  };
}

function shared(one: string, other: string): string {
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  return one.slice(0, at);
}

function mergedParts(one: Value["parts"], other: Value["parts"], depth: number): Value["parts"] {
  if (!one || !other || one === other || depth === 0) return one ?? other;
  const merged = new Map(one);
  for (const [key, value] of other) {
    if (merged.size >= PARTS_MAX) break;
    merged.set(key, either(merged.get(key), value, depth - 1));
  }
  return merged;
}

/** The one that more can be done with. */
export function worse(one: Taint | undefined, other: Taint | undefined): Taint | undefined {
  if (!one || !other) return one ?? other;
  if (one.safeFor !== other.safeFor) return bits(one.safeFor) <= bits(other.safeFor) ? one : other;
  return RANK[one.sure] <= RANK[other.sure] ? one : other;
}

const RANK = { high: 0, medium: 1, low: 2 } as const;

function bits(mask: number): number {
  let count = 0;
  for (let left = mask >>> 0; left > 0; left &= left - 1) count++;
  return count;
}

/** Whatever is in it, however deep. */
export function taintOf(value: Value, depth = PARTS_DEEP_MAX): Taint | undefined {
  let taint = value.taint;
  if (depth === 0 || !value.parts) return taint;
  let seen = 0;
  for (const part of value.parts.values()) {
    if (++seen > PARTS_MAX) break;
    taint = worse(taint, taintOf(part, depth - 1));
  }
  return taint;
}

/** The same value, one step on. */
export function passed(taint: Taint | undefined, node: Node, what: string): Taint | undefined {
  if (!taint) return undefined;
  const last = taint.steps.at(-1);
  if (last?.node === node || taint.steps.length >= STEPS_MAX) return taint;
  return { ...taint, steps: [...taint.steps, { node, what }] };
}

export function madeSafe(taint: Taint | undefined, kinds: number): Taint | undefined {
  return taint && { ...taint, safeFor: taint.safeFor | kinds };
}

/** What is known of it whichever of its parts it is. */
export function anyPart(value: Value): Value {
  let part: Value | undefined;
  let seen = 0;
  for (const one of value.parts?.values() ?? []) {
    if (++seen > PARTS_MAX) break;
    part = part ? either(part, one) : one;
  }
  const taint = worse(value.taint, part?.taint);
  return { ...(part ?? UNKNOWN), taint, ref: part?.ref };
}

/** Whether nothing is known of it that matters to whoever is given it. */
export function isNothing({ taint, literal, parts, fn }: Value): boolean {
  return taint === undefined && literal === undefined && parts === undefined && fn === undefined;
}

/** What may be in what is made of them. */
export function anyOf(values: readonly Value[]): Value {
  let any: Value | undefined;
  for (const value of values) any = any ? either(any, value) : value;
  return any ? { taint: any.taint } : UNKNOWN;
}

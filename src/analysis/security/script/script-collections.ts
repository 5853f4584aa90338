// What methods of lists, maps and objects do to their parts.
import { anyPart, either, taintOf, UNKNOWN, type Value, worse } from "../value.ts";

/** Nothing when it is none of that. */
export function collectionMethod(receiver: Value, name: string, at: readonly Value[]): Value | undefined {
  const { parts } = receiver;
  if (!parts) return undefined;
  const [first = UNKNOWN] = at;
  switch (name) {
    case "push":
    case "add":
      for (const one of at) parts.set(String(parts.size), one);
      return UNKNOWN;
    case "unshift":
      unshift(parts, at);
      return UNKNOWN;
    case "pop":
      return take(parts, parts.size - 1);
    case "shift":
      return take(parts, 0);
    case "set":
    case "append":
      parts.set(String(first.literal), at[1] ?? UNKNOWN);
      return receiver;
    case "get":
    case "at":
      return first.literal === undefined
        ? anyPart(receiver)
        : (parts.get(String(first.literal)) ?? { taint: receiver.taint });
    case "delete":
      if (first.literal !== undefined) parts.delete(String(first.literal));
      return UNKNOWN;
    case "clear":
      parts.clear();
      return UNKNOWN;
    case "concat":
      return joined([receiver, ...at]);
    case "slice":
      return sliced(receiver, at);
    case "values":
    case "reverse":
    case "sort":
    case "flat":
      return { ...receiver };
    case "includes":
    case "has":
    case "indexOf":
      return UNKNOWN;
    default:
      return undefined;
  }
}

function unshift(parts: Map<string, Value>, at: readonly Value[]): void {
  const all = [...at, ...parts.values()];
  parts.clear();
  for (const [number, one] of all.entries()) parts.set(String(number), one);
}

function take(parts: Map<string, Value>, number: number): Value {
  const value = parts.get(String(number)) ?? UNKNOWN;
  const left = [...parts.entries()].filter(([key]) => key !== String(number)).map(([, one]) => one);
  parts.clear();
  for (const [at, one] of left.entries()) parts.set(String(at), one);
  return value;
}

function sliced(receiver: Value, [from, to]: readonly Value[]): Value {
  const [start, end] = [from?.literal ?? 0, to?.literal];
  if (typeof start !== "number" || start < 0 || (end !== undefined && typeof end !== "number")) return { ...receiver };
  const kept = [...(receiver.parts?.values() ?? [])].slice(start, end);
  return { ...receiver, parts: new Map(kept.map((one, at) => [String(at), one])) };
}

/** One list of all that is in several. */
export function joined(lists: readonly Value[]): Value {
  const parts = new Map<string, Value>();
  let taint = lists[0]?.taint;
  let isWhole = true;
  for (const list of lists) {
    taint = worse(taint, list.taint);
    if (!list.parts) parts.set(String(parts.size), list);
    for (const one of list.parts?.values() ?? []) parts.set(String(parts.size), one);
    isWhole &&= list.isWhole === true || !list.parts;
  }
  return { parts, taint, isWhole };
}

/** What `Object.keys` and its like make of an object. */
export function objectMethod(ref: string, at: readonly Value[]): Value | undefined {
  const [object = UNKNOWN, more = UNKNOWN] = at;
  switch (ref) {
    case "Object.values":
    case "Object.freeze":
    case "Object.fromEntries":
    case "Array.from":
    case "Promise.all":
    case "Promise.resolve":
    case "structuredClone":
      return ref === "Object.values" || !more.fn ? { ...object } : undefined;
    case "Object.keys":
      return { taint: object.taint };
    case "Object.entries": {
      const pair: Value = {
        parts: new Map([
          ["0", { taint: object.taint }],
          ["1", anyPart(object)],
        ]),
        isWhole: true,
      };
      return { parts: new Map([["0", pair]]), taint: object.taint };
    }
    case "Object.assign":
      for (const source of at.slice(1)) mergeInto(object, source);
      return object.parts
        ? object
        : { ref: object.ref, taint: at.reduce((taint: Value["taint"], one) => worse(taint, taintOf(one)), undefined) };
    case "Array.of":
      return joined(at);
    default:
      return undefined;
  }
}

export function mergeInto(target: Value, source: Value): void {
  if (!target.parts) return;
  for (const [key, value] of source.parts ?? []) target.parts.set(key, value);
  if (source.taint || !source.parts)
    target.parts.set(`...${target.parts.size}`, { taint: source.taint, ref: source.ref });
}

/** What those that take a function give it, one after the other. */
export function givenByList(receiver: Value, name: string, at: readonly Value[]): readonly Value[] {
  const each = anyPart(receiver);
  const one = receiver.parts ? each : { taint: receiver.taint };
  if (name === "reduce" || name === "reduceRight") return [at[1] ?? one, one];
  if (name === "sort") return [one, one];
  return receiver.ref?.endsWith("Map()") && name === "forEach" ? [one, { taint: one.taint }] : [one];
}

/** And what they answer, given what the function answered. */
export function answerOfList(receiver: Value, name: string, answer: Value): Value {
  switch (name) {
    case "map":
    case "flatMap":
    case "from":
      return { parts: new Map([["0", answer]]), taint: undefined };
    case "filter":
    case "sort":
      return { ...receiver };
    case "find":
    case "findLast":
      return receiver.parts ? anyPart(receiver) : { taint: receiver.taint };
    case "reduce":
    case "reduceRight":
      return answer;
    case "replace":
    case "replaceAll":
      return { taint: either(receiver, answer).taint };
    default:
      return UNKNOWN;
  }
}

export const TAKES_EACH: ReadonlySet<string> = new Set([
  "forEach",
  "map",
  "flatMap",
  "filter",
  "find",
  "findLast",
  "findIndex",
  "some",
  "every",
  "reduce",
  "reduceRight",
  "sort",
]);

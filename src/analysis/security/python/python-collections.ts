// What methods of lists and dictionaries do to their parts.
import { anyPart, type Literal, UNKNOWN, type Value } from "../value.ts";

/** What lists, dictionaries and texts do. Nothing when it is none of that. */
export function collectionMethod(
  receiver: Value,
  name: string,
  at: readonly Value[],
  partOf: (key: Value) => Value,
): Value | undefined {
  const { parts } = receiver;
  const [first = UNKNOWN, second] = at;
  if (!parts) return undefined;
  switch (name) {
    case "append":
    case "add":
      parts.set(String(parts.size), first);
      return UNKNOWN;
    case "insert":
      insert(parts, first.literal, second ?? UNKNOWN);
      return UNKNOWN;
    case "pop":
      return pop(parts, first);
    case "get":
    case "setdefault":
      return parts.get(keyOf(at)) ?? partOf(first);
    case "set":
    case "put":
      parts.set(keyOf(at.slice(0, -1)), at.at(-1) ?? UNKNOWN);
      return UNKNOWN;
    case "extend":
    case "update":
      for (const [key, value] of first.parts ?? []) parts.set(name === "extend" ? String(parts.size) : key, value);
      return UNKNOWN;
    case "clear":
      parts.clear();
      return UNKNOWN;
    case "values":
    case "copy":
      return { ...receiver };
    case "keys":
      return UNKNOWN;
    case "items": {
      const all = [...parts.values()];
      const any = anyPart(receiver);
      const pair: Value = { parts: new Map([["1", any]]) };
      return { parts: new Map(all.map((_one, number) => [String(number), pair])) };
    }
    default:
      return undefined;
  }
}

function insert(parts: Map<string, Value>, index: Literal | undefined, value: Value): void {
  if (index !== 0) {
    parts.set(String(parts.size), value);
    return;
  }
  const all = [value, ...parts.values()];
  parts.clear();
  for (const [at, one] of all.entries()) parts.set(String(at), one);
}

function pop(parts: Map<string, Value>, { literal }: Value): Value {
  const keys = [...parts.keys()];
  if (typeof literal === "string") {
    const value = parts.get(literal) ?? UNKNOWN;
    parts.delete(literal);
    return value;
  }
  const at = typeof literal === "number" ? literal : keys.length - 1;
  const value = parts.get(String(at)) ?? UNKNOWN;
  const left = [...parts.entries()].filter(([key]) => key !== String(at)).map(([, one]) => one);
  parts.clear();
  for (const [number, one] of left.entries()) parts.set(String(number), one);
  return value;
}

/** What is kept under several words is found under the same. */
export function keyOf(values: readonly Value[]): string {
  return values.map(({ literal }) => String(literal)).join("/");
}

// What a call is given, and what must be so of it for a rule to hold.
import type { SyntaxTree } from "../syntax/syntax-tree.ts";
import type { Condition } from "./rules.ts";
import { isSlowPattern } from "./slow-pattern.ts";
import type { Value } from "./value.ts";

export interface Arguments {
  readonly at: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** There may be more than are seen. */
  readonly isOpen: boolean;
}

const NO_ARGUMENTS: Arguments = { at: [], named: new Map(), isOpen: false };

export function oneArgument(value: Value): Arguments {
  return { ...NO_ARGUMENTS, at: [value] };
}

export function allOf({ at, named }: Arguments): Value[] {
  return [...at, ...named.values()];
}

export function argumentsAt(
  args: Arguments,
  wanted: readonly (number | string)[],
  receiver: Value | undefined,
): Value[] {
  return wanted.flatMap((one) => {
    if (one === "*") return allOf(args);
    if (one === "self") return receiver ?? [];
    return (typeof one === "number" ? args.at[one] : args.named.get(one)) ?? [];
  });
}

/** A call, as far as conditions are about it. */
interface Given {
  readonly args: Arguments;
  readonly receiver: Value | undefined;
}

export function isSo(condition: Condition, { args, receiver }: Given, tree: SyntaxTree): boolean {
  const { argument, key, missing, there, is } = condition;
  const [given] = argumentsAt(args, [argument], receiver);
  const value = key === undefined ? given : inside(given, key);
  // What is not seen of an object may be there all the same.
  if (missing) return value === undefined && !args.isOpen && (key === undefined || given?.isWhole === true);
  if (value === undefined) return false;
  if (there) return true;
  if (is) return [value, ...(value.parts?.values() ?? [])].some((one) => is.some((wanted) => one.literal === wanted));
  return isSoOfText(condition, value) ?? isSoOfNumber(condition, value) ?? isSoOfCode(condition, value, tree);
}

/** What an object has under a name, or under a name of what it has: `tls.minVersion`. */
function inside(value: Value | undefined, key: string): Value | undefined {
  let found = value;
  for (const one of key.split(".")) found = found?.parts?.get(one);
  return found;
}

function isSoOfText({ like, begins, text }: Condition, { literal, ref, prefix }: Value): boolean | undefined {
  if (like !== undefined) {
    const said = typeof literal === "string" ? literal : ref;
    return said !== undefined && patternOf(like).test(said);
  }
  if (begins !== undefined) return prefix !== undefined && patternOf(begins, "i").test(prefix);
  return text === undefined ? undefined : typeof literal === "string" && literal.length >= text;
}

function isSoOfNumber({ below, bits }: Condition, { literal }: Value): boolean | undefined {
  if (below !== undefined) return typeof literal === "number" && literal < below;
  return bits === undefined ? undefined : typeof literal === "number" && (literal & bits) !== 0;
}

function isSoOfCode({ lacks, slow, nowhere }: Condition, { fn, literal, ref }: Value, tree: SyntaxTree): boolean {
  if (slow) return isSlowPattern(typeof literal === "string" ? literal : patternIn(ref));
  if (nowhere !== undefined) return !patternOf(nowhere, "i").test(tree.text);
  return lacks !== undefined && fn !== undefined && !patternOf(lacks).test(tree.textOf(fn.node));
}

/** What stands between the slashes. */
function patternIn(ref = ""): string {
  return ref.startsWith("/") ? ref.slice(1, ref.lastIndexOf("/")) : "";
}

const patterns = new Map<string, RegExp>();

function patternOf(text: string, flags = ""): RegExp {
  const known = patterns.get(flags + text) ?? new RegExp(text, flags);
  patterns.set(flags + text, known);
  return known;
}

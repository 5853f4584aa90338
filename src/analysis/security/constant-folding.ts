// What can be worked out of values that are surely known.
import { type Literal, taintOf, type Value } from "./value.ts";

/** Something stands there that the program itself has chosen. */
const OWN = "\0";

/** How a text begins that begins with it. */
export function beginningOf(value: Value): string {
  const { literal, prefix } = value;
  if (literal !== undefined) return String(literal);
  if (prefix !== undefined) return prefix;
  return taintOf(value) ? "" : OWN;
}

/** How a text begins that is made of two. */
export function prefixOf(left: Value, operator: string, right: Value): string | undefined {
  if (operator === "%" && typeof left.literal === "string") {
    const [before = "", after] = left.literal.split(/%[sdr(]/, 2);
    const first = right.parts?.get("0") ?? right;
    return before === "" && after !== undefined ? first.prefix : before;
  }
  if (operator !== "+") return undefined;
  return typeof left.literal === "string" ? left.literal + (right.prefix ?? "") : left.prefix;
}

/** Sums, and texts that are put together. */
export function computed(left: Literal | undefined, operator: string, right: Literal | undefined): Literal | undefined {
  if (typeof left === "number" && typeof right === "number") {
    const number = SUMS[operator]?.(left, right);
    return number === undefined || !Number.isFinite(number) ? undefined : number;
  }
  if (typeof left !== "string") return undefined;
  if (operator === "+" && typeof right === "string") return left + right;
  const isRepeated = operator === "*" && typeof right === "number" && right >= 0 && right < REPEATED_MAX;
  return isRepeated ? left.repeat(right) : undefined;
}

const SUMS: Readonly<Record<string, (left: number, right: number) => number>> = {
  "+": (left, right) => left + right,
  "-": (left, right) => left - right,
  "*": (left, right) => left * right,
  "/": (left, right) => left / right,
  "//": (left, right) => Math.floor(left / right),
  "%": (left, right) => ((left % right) + right) % right,
  "**": (left, right) => left ** right,
};
const REPEATED_MAX = 1_000;

/** Undefined when nobody can tell. */
export function compared(left: Literal | undefined, operator: string, right: Literal | undefined): boolean | undefined {
  if (left === undefined || right === undefined) return undefined;
  switch (operator) {
    case "==":
    case "===":
    case "is":
      return left === right;
    case "!=":
    case "!==":
    case "is not":
      return left !== right;
    case "<":
    case ">":
    case "<=":
    case ">=":
      return ordered(left, operator, right);
    case "in":
      return typeof left === "string" && typeof right === "string" ? right.includes(left) : undefined;
    case "not in":
      return typeof left === "string" && typeof right === "string" ? !right.includes(left) : undefined;
    default:
      return undefined;
  }
}

function ordered(left: Literal, operator: "<" | ">" | "<=" | ">=", right: Literal): boolean | undefined {
  if (left === null || right === null || typeof left !== typeof right) return undefined;
  if (operator === "<") return left < right;
  if (operator === ">") return left > right;
  return operator === "<=" ? left <= right : left >= right;
}

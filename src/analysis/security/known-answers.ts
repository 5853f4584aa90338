// What functions have answered, so that calls that are alike are gone through once.
import type { Node } from "../syntax/syntax-tree.ts";
import { taintOf, type Value } from "./value.ts";

/** Of a function that is called in more ways than that, with nothing from outside, one answer stands for all. */
const HARMLESS_MAX = 4;

export class KnownAnswers {
  readonly #answers = new Map<Node, Map<string, Value>>();

  /** What it has answered to such a call, or works it out. */
  answer(fn: Node, self: Value | undefined, at: readonly Value[], work: () => Value): Value {
    const known = this.#answers.get(fn) ?? new Map<string, Value>();
    this.#answers.set(fn, known);
    const values = self ? [self, ...at] : at;
    const signs = values.map(signOf);
    const sign = signs.join(" ");
    const same = known.get(sign);
    if (same) return same;
    const isHarmless = known.size >= HARMLESS_MAX && !values.some((value) => taintOf(value) || value.fn);
    const first = isHarmless ? known.values().next().value : undefined;
    if (first) return first;
    const answer = work();
    known.set(sign, answer);
    return answer;
  }
}

/** What there is about a value that an answer hangs on. */
function signOf(value: Value): string {
  const { literal, ref, parts, fn } = value;
  const taint = taintOf(value);
  const said = typeof literal === "string" ? `"${literal.slice(0, 40)}"` : literal === undefined ? "" : String(literal);
  const from = taint ? `${taint.steps[0]?.node ?? ""}~${taint.safeFor}` : "";
  return `${said}|${from}|${ref ?? ""}|${parts ? [...parts.keys()].join(",") : ""}|${fn?.node ?? ""}`;
}

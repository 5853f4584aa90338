// What is known of a parameter when nobody is seen who calls.
import type { Taint, Value } from "../value.ts";
import type { Parameter } from "./python-parameters.ts";

/** A number or a truth leads nowhere. */
const HARMLESS = /^(?:int|float|bool|UUID|uuid\.UUID|datetime|date|Decimal)$/;
const REQUEST = /(?:^|\.)Request$|HttpRequest$/;

/** By its type, by its name, by whom the function is given to. */
export function givenTo({ name, node, type }: Parameter, entry: string | undefined): Value {
  if (name === "self" || name === "cls") return { ref: name };
  if (HARMLESS.test(type)) return { ref: type };
  if (REQUEST.test(type) || (type === "" && name === "request")) return { ref: "django.request" };
  const taint: Taint = {
    source: entry ?? `the parameter ${name}`,
    sure: entry === undefined ? "low" : "high",
    steps: [{ node, what: entry ?? `is the parameter ${name}` }],
    safeFor: 0,
  };
  return { taint, ref: type === "" ? name : type };
}

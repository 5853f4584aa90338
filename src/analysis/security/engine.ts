// What happens at a call, whatever the language: does something go where it must not, is the call wrong by itself, and
// what is known of the answer.
import type { Confidence } from "../finding.ts";
import type { Node, SyntaxTree } from "../syntax/syntax-tree.ts";
import type { Rules, Sink, Weakness } from "./rules.ts";
import { madeSafe, passed, type Taint, taintOf, type Value, worse } from "./value.ts";

/** Something goes where it must not, or is wrong by itself. */
export interface Flow {
  readonly weakness: Weakness;
  readonly node: Node;
  readonly taint: Taint | undefined;
  readonly confidence: Confidence;
  /** What it goes to. */
  readonly ref: string;
}

export interface Arguments {
  readonly at: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  /** There may be more than are seen. */
  readonly isOpen: boolean;
}

export interface Called {
  readonly ref: string;
  readonly receiver: Value | undefined;
  readonly args: Arguments;
  readonly node: Node;
}

/** A file that takes more is not looked through to its end, and says so. */
export class OutOfSteps extends Error {}

const STEPS_MAX = 400_000;
const SECRET =
  /token|passw|passphrase|secret|\botp|_otp|nonce|salt|csrf|session|api_?key|\bkey|_key|\bpin\b|verif|auth|remember|cookie|captcha|reset|invite|voucher|coupon/i;
const PURPOSES: Readonly<Record<string, string>> = {
  assignment: "left",
  keyword_argument: "name",
  function_definition: "name",
  variable_declarator: "name",
  pair: "key",
};
const SHELLS = /^(?:\/(?:usr\/)?bin\/)?(?:ba|z|da|k)?sh$|^cmd(?:\.exe)?$|^powershell/;
const RANK = { high: 0, medium: 1, low: 2 } as const;
const NAMES = ["high", "medium", "low"] as const;

export class Engine {
  readonly tree: SyntaxTree;
  readonly rules: Rules;
  readonly #flows = new Map<string, Flow>();
  #steps = 0;

  constructor(tree: SyntaxTree, rules: Rules) {
    this.tree = tree;
    this.rules = rules;
  }

  get flows(): Flow[] {
    return [...this.#flows.values()];
  }

  spend(): void {
    if (++this.#steps > STEPS_MAX) throw new OutOfSteps();
  }

  /** What is called so comes from outside. */
  sourceOf(ref: string, node: Node): Taint | undefined {
    const [row] = this.rules.sources.of(ref);
    return row && { source: row.what, sure: row.sure, steps: [{ node, what: row.what }], safeFor: 0 };
  }

  /** Checks a call, and answers what is known of its answer. */
  called(call: Called): Value {
    const { ref, receiver, args, node } = call;
    for (const sink of this.rules.sinks.of(ref)) this.#checkSink(sink, call);
    for (const sink of this.rules.calls.of(ref)) this.#checkCall(sink, call);
    if (this.rules.cleans.has(ref)) return { ref: `${ref}()` };
    let taint = receiver && taintOf(receiver);
    for (const value of allOf(args)) taint = worse(taint, taintOf(value));
    for (const kinds of this.rules.sanitizers.of(ref)) taint = madeSafe(taint, kinds);
    const source = this.sourceOf(`${ref}()`, node);
    return { taint: source ?? passed(taint, node, `goes through ${ref}`), ref: `${ref}()` };
  }

  #checkCall({ weakness, when, unless, isNearSecret }: Sink, { ref, args, node }: Called): void {
    if (!this.#holds(when, args) || (unless && this.#holds(unless, args))) return;
    if (isNearSecret && !SECRET.test(this.nameOfPurpose(node))) return;
    this.#tell(weakness, node, undefined, when.some(({ missing }) => missing) ? "medium" : "high", ref);
  }

  /** What the answer is kept as, and the function in which that happens. */
  nameOfPurpose(node: Node): string {
    const { tree } = this;
    const names: string[] = [];
    for (let at = tree.parent(node); at > 0; at = tree.parent(at)) {
      const field = PURPOSES[tree.kind(at)];
      if (field === undefined) continue;
      names.push(tree.textOf(tree.child(at, field)));
      if (field === "name" && names.length > 1) break;
    }
    return names.join(" ");
  }

  #checkSink(sink: Sink, { ref, receiver, args, node }: Called): void {
    if (!this.#holds(sink.when, args)) return;
    for (const given of argumentsAt(args, sink.arguments, receiver)) {
      const value = sink.isProgram ? programOf(given) : given;
      if (sink.safePrefix && value.prefix !== undefined && sink.safePrefix.test(value.prefix)) continue;
      const taint = taintOf(value);
      // A function that runs what it is told to run does what it is for.
      if (sink.isProgram && taint?.sure === "low") continue;
      if (taint && (taint.safeFor & sink.kind) === 0) this.flow(sink.weakness, node, taint, ref);
    }
  }

  /** What somebody else has a say in goes where it must not. */
  flow(weakness: Weakness, node: Node, taint: Taint, ref: string): void {
    const isParameter = taint.sure === "low";
    if (isParameter && weakness.needs_source) return;
    const sure = isParameter && weakness.parameters !== undefined ? weakness.parameters : taint.sure;
    this.#tell(weakness, node, taint, sure, ref);
  }

  #tell(weakness: Weakness, node: Node, taint: Taint | undefined, sure: Confidence, ref: string): void {
    const { confidence: most = "high" } = weakness;
    const confidence = NAMES[Math.max(RANK[sure], RANK[most])] ?? "low";
    const key = `${weakness.id} ${node}`;
    const known = this.#flows.get(key);
    if (known && RANK[known.confidence] <= RANK[confidence]) return;
    this.#flows.set(key, { weakness, node, taint, confidence, ref });
  }

  #holds(when: Sink["when"], args: Arguments): boolean {
    return when.every((condition) => isSo(condition, args));
  }
}

function isSo({ argument, key, is, like, missing, below, bits, text }: Sink["when"][number], args: Arguments): boolean {
  const [given] = argumentsAt(args, [argument], undefined);
  const value = key === undefined ? given : given?.parts?.get(key);
  if (missing) return value === undefined && !args.isOpen;
  if (value === undefined) return false;
  const { literal, ref } = value;
  if (is) return [value, ...(value.parts?.values() ?? [])].some((one) => is.some((wanted) => one.literal === wanted));
  if (like !== undefined) {
    const said = typeof literal === "string" ? literal : ref;
    return said !== undefined && patternOf(like).test(said);
  }
  if (below !== undefined) return typeof literal === "number" && literal < below;
  if (bits !== undefined) return typeof literal === "number" && (literal & bits) !== 0;
  return text !== undefined && typeof literal === "string" && literal.length >= text;
}

const patterns = new Map<string, RegExp>();

function patternOf(text: string): RegExp {
  const known = patterns.get(text) ?? new RegExp(text);
  patterns.set(text, known);
  return known;
}

/** Of a list that is run, the program; all of it where that is a shell. */
function programOf(value: Value): Value {
  const first = value.parts?.get("0");
  if (!first) return value.parts ? {} : value;
  return typeof first.literal === "string" && SHELLS.test(first.literal) ? value : first;
}

function allOf({ at, named }: Arguments): Value[] {
  return [...at, ...named.values()];
}

function argumentsAt(args: Arguments, wanted: readonly (number | string)[], receiver: Value | undefined): Value[] {
  return wanted.flatMap((one) => {
    if (one === "*") return allOf(args);
    if (one === "self") return receiver ?? [];
    return (typeof one === "number" ? args.at[one] : args.named.get(one)) ?? [];
  });
}

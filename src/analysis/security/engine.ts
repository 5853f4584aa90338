// What happens at a call, whatever the language: does something go where it must not, is the call wrong by itself, and
// what is known of the answer.
import type { Confidence } from "../finding.ts";
import type { Node, SyntaxTree } from "../syntax/syntax-tree.ts";
import { type Arguments, allOf, argumentsAt, isSo } from "./arguments.ts";
import { EVERY_KIND, type Rules, type Sink, type Weakness } from "./rules.ts";
import { madeSafe, passed, type Taint, taintOf, UNKNOWN, type Value, worse } from "./value.ts";

/** Something goes where it must not, or is wrong by itself. */
export interface Flow {
  readonly weakness: Weakness;
  readonly node: Node;
  readonly taint: Taint | undefined;
  readonly confidence: Confidence;
  /** What it goes to. */
  readonly ref: string;
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
/** What goes into call after call takes time without end: from so many steps on, and for each node, it is enough. */
const TIRED_FROM = 10_000;
const TIRED_PER_NODE = 2;
const SECRET =
  /token|passw|passphrase|secret|\botp|_otp|nonce|salt|csrf|session|api_?key|\bkey|_key|\bpin\b|verif|auth|remember|cookie|captcha|reset|invite|voucher|coupon/i;
const PURPOSES: Readonly<Record<string, string>> = {
  assignment: "left",
  keyword_argument: "name",
  function_definition: "name",
  variable_declarator: "name",
  assignment_expression: "left",
  function_declaration: "name",
  method_definition: "name",
  public_field_definition: "name",
  pair: "key",
};
const SHELLS = /^(?:\/(?:usr\/)?bin\/)?(?:ba|z|da|k)?sh$|^cmd(?:\.exe)?$|^powershell/;
const RANK = { high: 0, medium: 1, low: 2 } as const;
const NAMES = ["high", "medium", "low"] as const;

export class Engine {
  readonly tree: SyntaxTree;
  readonly rules: Rules;
  readonly #flows = new Map<string, Flow>();
  readonly #tiredFrom: number;
  #steps = 0;

  constructor(tree: SyntaxTree, rules: Rules) {
    this.tree = tree;
    this.rules = rules;
    this.#tiredFrom = TIRED_FROM + TIRED_PER_NODE * tree.count;
  }

  get flows(): Flow[] {
    return [...this.#flows.values()];
  }

  /** It has taken so much that calls are not gone into any more: what they answer is what they are given. */
  get isTired(): boolean {
    return this.#steps > this.#tiredFrom;
  }

  spend(): void {
    if (++this.#steps > STEPS_MAX) throw new OutOfSteps();
  }

  /** Whoever calls what has answered so does not go on. */
  isExit(answer: Value): boolean {
    return answer.ref !== undefined && this.rules.exits.has(answer.ref.replace(/\(\)$/, ""));
  }

  /** What is called so comes from outside. */
  sourceOf(ref: string, node: Node): Taint | undefined {
    const [row] = this.rules.sources.of(ref);
    if (!row) return undefined;
    const { what, sure, isLocal, safeFor } = row;
    return { source: what, sure, isLocal, steps: [{ node, what }], safeFor };
  }

  /** Checks a call, and answers what is known of its answer. */
  called(call: Called): Value {
    const { ref, receiver, args, node } = call;
    for (const sink of this.rules.sinks.of(ref)) this.#checkSink(sink, call);
    for (const sink of this.rules.calls.of(ref)) this.#checkCall(sink, call);
    if (this.rules.cleans.has(ref)) return { ref: `${ref}()` };
    let taint = receiver && taintOf(receiver);
    for (const value of allOf(args)) taint = worse(taint, taintOf(value));
    if (taint) taint = this.#cleaned(taint, call);
    const source = this.sourceOf(`${ref}()`, node);
    return { taint: source ?? passed(taint, node, `goes through ${ref}`), ref: `${ref}()` };
  }

  /** What of it is made safe on the way through a call. */
  #cleaned(taint: Taint, call: Called): Taint | undefined {
    let cleaned: Taint | undefined = taint;
    for (const { kinds, when } of this.rules.sanitizers.of(call.ref))
      if (this.#holds(when, call)) cleaned = madeSafe(cleaned, kinds);
    return this.rules.cleanNames?.test(call.ref) ? madeSafe(cleaned, EVERY_KIND) : cleaned;
  }

  #checkCall({ weakness, when, unless, isNearSecret }: Sink, call: Called): void {
    const { ref, node } = call;
    if (!this.#holds(when, call) || (unless && this.#holds(unless, call))) return;
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

  #checkSink(sink: Sink, call: Called): void {
    const { receiver, args } = call;
    if (!this.#holds(sink.when, call)) return;
    for (const given of argumentsAt(args, sink.arguments, receiver))
      this.#checkGiven(sink, sink.isProgram ? programOf(given) : given, call);
  }

  #checkGiven(sink: Sink, value: Value, { ref, node }: Called): void {
    const { weakness, safePrefix, isProgram, kind } = sink;
    if (safePrefix && value.prefix !== undefined && safePrefix.test(value.prefix)) return;
    const taint = taintFor(weakness, value);
    if (!taint) {
      if (weakness.unknown && !isProgram && isUnknown(value)) this.#tell(weakness, node, undefined, "low", ref);
      return;
    }
    // A function that runs what it is told to run does what it is for.
    if (isProgram && taint.sure === "low") return;
    if (weakness.only_of !== undefined && weakness.only_of !== taint.source) return;
    if ((taint.safeFor & kind) === 0) this.#flow(sink, node, taint, ref);
  }

  /** What somebody else has a say in goes where it must not. */
  #flow({ weakness, needsSource }: Sink, node: Node, taint: Taint, ref: string): void {
    const isParameter = taint.sure === "low";
    if (isParameter && needsSource) return;
    const isHarmless = taint.isLocal && weakness.needs_remote;
    const sure = isHarmless ? "low" : (isParameter && sureOfParameter(weakness, taint)) || taint.sure;
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

  #holds(when: Sink["when"], call: Called): boolean {
    return when.every((condition) => isSo(condition, call, this.tree));
  }
}

/** Whether anything but what stands in the source may be in it. */
function isUnknown({ literal, fn, parts }: Value): boolean {
  if (literal !== undefined || fn) return false;
  return !parts || [...parts.values()].some(isUnknown);
}

/** What of a value a weakness is about. */
function taintFor({ keys, takes }: Weakness, value: Value): Taint | undefined {
  const { parts, prefix } = value;
  if (keys && parts && !parts.has("0")) {
    let taint = value.isWhole ? undefined : value.taint;
    for (const key of keys) taint = worse(taint, taintOf(parts.get(key) ?? UNKNOWN));
    return taint;
  }
  if (takes === "text" && parts && prefix === undefined) return value.taint;
  if (takes !== "object") return taintOf(value);
  // A single value is no query.
  return parts || QUERIES.test(value.ref ?? "") ? taintOfObject(value) : undefined;
}

/** What can be an object by itself. */
const QUERIES = /\.(?:body|query|json)$|\(\)$/;

const OBJECT_DEEP_MAX = 4;

function taintOfObject({ taint, parts, prefix }: Value, depth = OBJECT_DEEP_MAX): Taint | undefined {
  if (prefix !== undefined) return undefined;
  let worst = taint;
  if (depth > 0) for (const part of parts?.values() ?? []) worst = worse(worst, taintOfObject(part, depth - 1));
  return worst;
}

export const BECOMES_TEXT = "becomes part of a text";

function sureOfParameter({ parameters, parameters_alone: alone = parameters }: Weakness, { steps }: Taint) {
  return steps.some(({ what }) => what === BECOMES_TEXT) ? parameters : alone;
}

/** Of a list that is run, the program; all of it where that is a shell. */
function programOf(value: Value): Value {
  const first = value.parts?.get("0");
  if (!first) return value.parts ? {} : value;
  return typeof first.literal === "string" && SHELLS.test(first.literal) ? value : first;
}

// Works out the expressions of a step, all of them in one message to an engine that has nothing but what it is given.
// The same values give the same answer, whenever they are asked for again: there is neither time nor chance.
import { AppError } from "../base/errors.ts";
import { isRecord, type Json } from "../base/json.ts";
import { EXPRESSIONS_AT_ONCE, EXPRESSIONS_BYTES, EXPRESSIONS_MS } from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { LIMITS_DEFAULT } from "../sandbox/limits.ts";
import type { Outcome, Program } from "../sandbox/program.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import { Turns } from "../sandbox/turns.ts";
import { onlyCode, partsOf, pathOf } from "./expression.ts";
import calculate from "./guest/calculate.guest.js" with { type: "text" };
import compile from "./guest/compile.guest.js" with { type: "text" };

/** What expressions can see, by name. */
export type Scope = Readonly<Record<string, Json | undefined>>;

const WAITING_MAX = 10_000;
const TRIES = 2;

export class Expressions {
  readonly #sandbox: () => Promise<Sandbox>;
  readonly #turns = new Turns(EXPRESSIONS_AT_ONCE, WAITING_MAX);

  constructor(sandbox: () => Promise<Sandbox>) {
    this.#sandbox = sandbox;
  }

  /** A copy of the value with every expression in its texts replaced by what it comes to; nothing for `undefined`. */
  async fill(value: Json, scope: Scope, signal: AbortSignal): Promise<Json | undefined> {
    const codes = [...new Set(codesIn(value))];
    const known = new Map<string, Json | undefined>();
    for (const code of codes) {
      const found = lookUp(code, scope);
      if (found) known.set(code, found.value);
    }
    const open = codes.filter((code) => !known.has(code));
    if (open.length > 0) {
      const answers = await this.#calculate(open, scope, signal);
      for (const [at, code] of open.entries()) known.set(code, answers[at]);
    }
    return filled(value, (code) => known.get(code));
  }

  /** What is wrong with the grammar of each; undefined for what is right. */
  async problems(codes: readonly string[], signal: AbortSignal): Promise<(string | undefined)[]> {
    const open = codes.filter((code) => !pathOf(code));
    if (open.length === 0) return codes.map(() => undefined);
    const answer = (await this.#run(compile, { codes: [...open] }, signal)) as (string | null)[];
    const byCode = new Map(open.map((code, at) => [code, answer[at] ?? undefined]));
    return codes.map((code) => byCode.get(code));
  }

  async #calculate(codes: readonly string[], scope: Scope, signal: AbortSignal): Promise<(Json | undefined)[]> {
    const given = Object.fromEntries(Object.entries(scope).filter(([, value]) => value !== undefined));
    const answer = (await this.#run(
      calculate,
      { codes: [...codes], scope: given as Record<string, Json> },
      signal,
    )) as {
      readonly value?: Json;
      readonly error?: string;
    }[];
    return answer.map(({ value, error }, at) => {
      if (error !== undefined) throw cannotWorkOut(codes[at] ?? "", error);
      return value;
    });
  }

  /** An engine that dies is not the expression's fault the first time. */
  async #run(code: string, input: Json, signal: AbortSignal): Promise<Json> {
    for (let tries = 1; ; tries++) {
      await using _turn = await this.#turns.take(signal);
      const outcome = await (await this.#sandbox()).run(programOf(code, input), { signal, onOutput: () => {} });
      if (outcome.status === "completed" && outcome.result !== undefined) return outcome.result;
      signal.throwIfAborted();
      if (outcome.status !== "crashed" || tries === TRIES) throw failed(outcome);
    }
  }
}

function programOf(code: string, input: Json): Program {
  return {
    language: "javascript",
    engine: "quickjs",
    code,
    input,
    stdin: "",
    args: [],
    env: {},
    files: {},
    workspace: "/",
    cwd: undefined,
    database: undefined,
    network: false,
    level: undefined,
    limits: { ...LIMITS_DEFAULT, wallMs: EXPRESSIONS_MS, cpuMs: 2 * EXPRESSIONS_MS, memoryBytes: EXPRESSIONS_BYTES },
  };
}

function failed({ status, limit, failure }: Outcome): AppError {
  const why = failure?.message ?? (limit === undefined ? status : `the limit ${limit}`);
  return new AppError("invalid_input", `cannot work out the expressions: ${why}`, {
    hint: "Expressions are for small things; give the rest to a code step.",
  });
}

function cannotWorkOut(code: string, why: string): AppError {
  return new AppError("invalid_input", `cannot work out \${${clip(code, SHOWN_CHARS_MAX)}}: ${why}`, {
    hint: "Expressions see inputs, steps, errors and run, in a map item and index, in a loop round and last.",
  });
}

const SHOWN_CHARS_MAX = 100;

/** Every expression in the texts of a value. */
export function codesIn(value: Json): string[] {
  if (typeof value === "string") return (partsOf(value) ?? []).flatMap((part) => ("code" in part ? [part.code] : []));
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(codesIn);
}

/** Most are no more than a way to a value: those need no engine. What is not plainly there is the engine's to judge. */
function lookUp(code: string, scope: Scope): { readonly value: Json | undefined } | undefined {
  const path = pathOf(code);
  if (!path) return undefined;
  let value: Json | undefined = scope as Record<string, Json>;
  for (const [at, part] of path.entries()) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Object.hasOwn(value, part)) value = (value as Record<string, Json | undefined>)[part];
    else if (at > 0 && at === path.length - 1 && !(part in Object.prototype) && !Array.isArray(value))
      return { value: undefined };
    else return undefined;
  }
  return { value };
}

function filled(value: Json, answerOf: (code: string) => Json | undefined): Json | undefined {
  if (typeof value === "string") {
    const code = onlyCode(value);
    if (code !== undefined) return answerOf(code);
    return (partsOf(value) ?? []).map((part) => ("text" in part ? part.text : textOf(answerOf(part.code)))).join("");
  }
  if (Array.isArray(value)) return value.map((inner) => filled(inner, answerOf) ?? null);
  if (!isRecord(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, filled(inner as Json, answerOf)] as const);
  return Object.fromEntries(entries.filter(([, inner]) => inner !== undefined)) as Json;
}

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

// Rules about calls, as rows: what comes from outside, where it must not go, and what makes it safe.
import { z } from "zod";
import { CONFIDENCES, SEVERITIES } from "../finding.ts";

/** `os.system`, or `*.execute` for whatever it is called on; behind a colon the arguments: `0`, `0,1`, `sql`, `*`. */
const Pattern = z.string().regex(/^[\w.*()[\]=$#@/-]+(?::[\w,*]+)?$/);

/** What must be so of the arguments, for a rule to hold. */
const Condition = z.strictObject({
  argument: z.union([z.number().int(), z.string()]).describe("By number or by name."),
  /** It is one of these values. */
  is: z.array(z.union([z.string(), z.number(), z.boolean(), z.null()])).optional(),
  /** It is a text, or what it is called is, that this pattern fits. */
  like: z.string().optional(),
  /** It is not there, or it is, whatever it is. */
  missing: z.literal(true).optional(),
  there: z.literal(true).optional(),
  /** It is a number below this one; it has one of these bits; it is a text of at least so many letters. */
  below: z.number().optional(),
  bits: z.number().int().optional(),
  text: z.number().int().optional(),
  /** It is a text, and this pattern fits how it begins, whatever the case. */
  begins: z.string().optional(),
  /** It is a regular expression that can take for ever. */
  slow: z.literal(true).optional(),
  /** It is a function, and nothing in it fits this pattern. */
  lacks: z.string().optional(),
  /** Nothing in the whole file fits this pattern. */
  nowhere: z.string().optional(),
  /** Not it is meant, but what it has under this name. */
  key: z.string().optional(),
});
export type Condition = z.infer<typeof Condition>;
const Conditions = z.array(Condition);

const PatternWhen = z.union([
  Pattern,
  z.strictObject({
    call: Pattern,
    when: Conditions.default([]),
    /** Here nothing but parameters of a function is not enough to tell. */
    needs_source: z.boolean().optional(),
  }),
]);

const Weakness = z.strictObject({
  id: z.string(),
  title: z.string(),
  message: z.string(),
  help: z.string(),
  cwe: z.array(z.number().int()).min(1),
  owasp: z.string(),
  severity: z.enum(SEVERITIES),
  confidence: z.enum(CONFIDENCES).optional(),
  /** Where what comes from outside must not go. */
  sinks: z.array(PatternWhen).optional(),
  /** Of an object that is given, what it has under these names. */
  keys: z.array(z.string()).optional(),
  /** A text alone can do it, or what is no text. */
  takes: z.enum(["text", "object"]).optional(),
  /** Programs, and lists of a program and its arguments: whoever has a say in the first has one in everything. */
  programs: z.array(Pattern).optional(),
  /** What makes it safe for this alone. */
  sanitizers: z.array(PatternWhen).optional(),
  /** A text that begins so leads nowhere else. */
  safe_prefix: z.string().optional(),
  /** What nothing is known of is told too, as hardly sure. */
  unknown: z.boolean().optional(),
  /** What is said by whoever runs the program does no harm here. */
  needs_remote: z.boolean().optional(),
  /** Nothing but parameters of a function is not enough to tell. */
  needs_source: z.boolean().optional(),
  /** Nothing comes to it but what this says of itself, in the words of a source. */
  only_of: z.string().optional(),
  /** How sure it is when nothing is known but that it is a parameter. */
  parameters: z.enum(CONFIDENCES).optional(),
  /** And how sure where it goes there as it was given: a function may be there for just that. */
  parameters_alone: z.enum(CONFIDENCES).optional(),
  /** Calls that are wrong by themselves. */
  calls: z
    .array(
      z.strictObject({
        call: Pattern,
        when: Conditions.optional(),
        unless: Conditions.optional(),
        /** Only where what it is for has such a name. */
        near: z.literal("SECRET").optional(),
      }),
    )
    .optional(),
});
export type Weakness = z.infer<typeof Weakness>;

const RuleFile = z.strictObject({
  /** Other names of the same. */
  aliases: z.record(z.string(), z.string()).optional(),
  sources: z.array(
    z.strictObject({
      from: z.array(Pattern),
      what: z.string(),
      sure: z.enum(CONFIDENCES).optional(),
      /** It is said by whoever runs the program, and may do what the program may anyway. */
      local: z.boolean().optional(),
      /** Weaknesses that cannot come of it. */
      safe_for: z.array(z.string()).optional(),
      /** Weaknesses that alone can come of it. */
      only_for: z.array(z.string()).optional(),
    }),
  ),
  /** Whose parameters come from outside: what a function is decorated with, or given to. */
  entries: z.array(z.strictObject({ of: z.array(Pattern), what: z.string() })),
  /** Nothing of what they are given is in what they answer. */
  cleans: z.array(Pattern),
  /** What people call the functions, of other files, that make safe what they are given. */
  clean_names: z.string().optional(),
  /** Whoever calls them does not go on. */
  exits: z.array(Pattern),
  weaknesses: z.array(Weakness),
});

export interface Rules {
  readonly weaknesses: ReadonlyMap<string, Weakness>;
  /** The bit of a weakness. */
  kindOf(weakness: string): number;
  /** Those that a text cannot do. */
  readonly objectKinds: number;
  readonly aliases: ReadonlyMap<string, string>;
  readonly sources: Calls<Source>;
  readonly entries: Calls<{ readonly what: string }>;
  readonly cleans: Calls<true>;
  readonly cleanNames: RegExp | undefined;
  readonly exits: Calls<true>;
  readonly sinks: Calls<Sink>;
  readonly sanitizers: Calls<Sanitizer>;
  readonly calls: Calls<Sink>;
}

export interface Source {
  readonly what: string;
  readonly sure: "high" | "medium" | "low";
  readonly isLocal: boolean;
  /** Kinds that cannot come of it. */
  readonly safeFor: number;
}

export interface Sanitizer {
  readonly kinds: number;
  readonly when: readonly Condition[];
}

export interface Sink {
  readonly weakness: Weakness;
  readonly kind: number;
  readonly arguments: readonly (number | string)[];
  readonly when: readonly Condition[];
  readonly unless: readonly Condition[] | undefined;
  readonly isNearSecret: boolean;
  readonly isProgram: boolean;
  readonly needsSource: boolean;
  readonly safePrefix: RegExp | undefined;
}

/** Rows by the last word of what they are about, so that most calls are none of them at a glance. */
export class Calls<T> {
  /** Programs call the same again and again. */
  readonly #known = new Map<string, readonly T[]>();
  readonly #byLast = new Map<string, { readonly name: string; readonly row: T }[]>();

  add(name: string, row: T): void {
    const last = name.includes("*", name.lastIndexOf(".") + 1) ? "*" : lastWord(name);
    const known = this.#byLast.get(last);
    if (known) known.push({ name, row });
    else this.#byLast.set(last, [{ name, row }]);
  }

  of(ref: string): readonly T[] {
    const known = this.#known.get(ref);
    if (known) return known;
    const found = this.#search(ref);
    if (this.#known.size >= KNOWN_MAX) this.#known.clear();
    this.#known.set(ref, found);
    return found;
  }

  #search(ref: string): readonly T[] {
    const named = this.#byLast.get(lastWord(ref));
    const open = this.#byLast.get("*");
    // Nearly every call is none of them, and every call of a program passes here.
    if (!named && !open) return NONE;
    let found: T[] | undefined;
    for (const rows of [named, open])
      for (const { name, row } of rows ?? []) {
        if (!fits(name, ref)) continue;
        found ??= [];
        found.push(row);
      }
    return found ?? NONE;
  }

  has(ref: string): boolean {
    return this.of(ref).length > 0;
  }
}

const NONE: readonly never[] = [];
const KNOWN_MAX = 20_000;

function lastWord(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

/** `*.x` fits whatever ends with `.x`; `a.*.x` whatever begins with `a.` and does. */
function fits(pattern: string, ref: string): boolean {
  if (pattern === ref) return true;
  const star = pattern.indexOf("*");
  if (star < 0) return false;
  const [before, after] = [pattern.slice(0, star), pattern.slice(star + 1)];
  return ref.length >= before.length + after.length && ref.startsWith(before) && ref.endsWith(after);
}

/** Bits that are left for kinds. */
const KINDS_MAX = 31;
export const EVERY_KIND = 0x7fffffff;

export function rulesIn(rows: unknown): Rules {
  const file = RuleFile.parse(rows);
  const flows = file.weaknesses.filter(({ sinks }) => sinks);
  if (flows.length > KINDS_MAX) throw new Error(`more than ${KINDS_MAX} kinds of flows`);
  const kindOf = (weakness: string) => {
    const at = flows.findIndex(({ id }) => id === weakness);
    return at < 0 ? 0 : 1 << at;
  };
  const objects = flows.filter(({ takes }) => takes === "object");
  const rules: Rules = {
    weaknesses: new Map(file.weaknesses.map((weakness) => [weakness.id, weakness])),
    kindOf,
    objectKinds: objects.reduce((kinds, { id }) => kinds | kindOf(id), 0),
    aliases: new Map(Object.entries(file.aliases ?? {})),
    cleanNames: file.clean_names === undefined ? undefined : new RegExp(file.clean_names, "i"),
    sources: new Calls(),
    entries: new Calls(),
    cleans: new Calls(),
    exits: new Calls(),
    sinks: new Calls(),
    sanitizers: new Calls(),
    calls: new Calls(),
  };
  for (const {
    from,
    what,
    sure = "high",
    local: isLocal = false,
    safe_for: safe = [],
    only_for: only,
  } of file.sources) {
    const kindsOf = (ids: readonly string[]) => ids.reduce((kinds, one) => kinds | kindOf(one), 0);
    const safeFor = kindsOf(safe) | (only === undefined ? 0 : EVERY_KIND & ~kindsOf(only));
    for (const one of from) rules.sources.add(one, { what, sure, isLocal, safeFor });
  }
  for (const { of, what } of file.entries) for (const one of of) rules.entries.add(one, { what });
  for (const one of file.cleans) rules.cleans.add(one, true);
  for (const one of file.exits) rules.exits.add(one, true);
  for (const weakness of file.weaknesses) addWeakness(rules, weakness, kindOf(weakness.id));
  return rules;
}

function addWeakness(rules: Rules, weakness: Weakness, kind: number): void {
  const { sinks = [], programs = [], sanitizers = [], calls = [], safe_prefix: prefix } = weakness;
  const safePrefix = prefix === undefined ? undefined : new RegExp(prefix);
  const plain = {
    weakness,
    kind,
    when: [],
    unless: undefined,
    isNearSecret: false,
    isProgram: false,
    needsSource: false,
    safePrefix,
  };
  for (const sink of sinks) {
    const { call, when, needs_source: needsSource = weakness.needs_source === true } = withWhen(sink);
    const [name = "", list = "0"] = call.split(":");
    rules.sinks.add(name, { ...plain, arguments: list.split(",").map(numbered), when, needsSource });
  }
  for (const name of programs) rules.sinks.add(name, { ...plain, arguments: [0, "args"], isProgram: true });
  for (const one of sanitizers) {
    const { call, when } = withWhen(one);
    rules.sanitizers.add(call, { kinds: kind, when });
  }
  for (const { call, when = [], unless, near } of calls)
    rules.calls.add(call, { ...plain, arguments: [], when, unless, isNearSecret: near !== undefined });
}

interface More {
  readonly sources: readonly string[];
  readonly sanitizers: Readonly<Record<string, readonly string[]>>;
  readonly sinks: Readonly<Record<string, readonly string[]>>;
}

/** With what a project adds: names of its own for what comes from outside, where it must not go, what makes it safe. */
export function extended(rules: Rules, { sources, sanitizers, sinks }: More): void {
  const own = { what: "comes from outside, says the project", sure: "high", isLocal: false, safeFor: 0 } as const;
  // What it is known by here is what it is called everywhere.
  const named = (name: string) => name.replace(/^[\w$]+/, (first) => rules.aliases.get(first) ?? first);
  for (const name of sources.map(named)) for (const one of [name, `${name}()`]) rules.sources.add(one, own);
  for (const weakness of rules.weaknesses.values()) {
    const { [weakness.id]: safe = [] } = sanitizers;
    const { [weakness.id]: reached = [] } = sinks;
    const kind = rules.kindOf(weakness.id);
    addWeakness(
      rules,
      { ...weakness, programs: [], calls: [], sanitizers: safe.map(named), sinks: reached.map(named) },
      kind,
    );
  }
}

function withWhen(row: z.infer<typeof PatternWhen>): Exclude<typeof row, string> {
  return typeof row === "string" ? { call: row, when: [] } : row;
}

function numbered(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text;
}

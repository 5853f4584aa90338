// Inputs for tools: made from their JSON schema, then spoiled. A value may hold pieces of raw JSON text, so that
// what `JSON.stringify` never writes (duplicate keys, 1e999, lone surrogates, 100,000 levels) can be sent too.
import { inputSchema } from "../../src/tools/schema.ts";
import type { Tool } from "../../src/tools/tool.ts";
import type { Random } from "../harness/random.ts";

/** JSON text that stands for itself. */
export class RawJson {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object whose keys may come twice, and may be called `__proto__`. */
export class Entries {
  readonly list: (readonly [string, unknown])[];

  constructor(list: readonly (readonly [string, unknown])[]) {
    this.list = [...list];
  }
}

export function toJsonText(value: unknown): string {
  if (value instanceof RawJson) return value.text;
  if (value instanceof Entries) {
    return `{${value.list.map(([key, inner]) => `${JSON.stringify(key)}:${toJsonText(inner)}`).join(",")}}`;
  }
  if (Array.isArray(value)) return `[${value.map(toJsonText).join(",")}]`;
  return JSON.stringify(value) ?? "null";
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

export interface Known {
  /** Ids of tasks that are there. */
  readonly taskIds: readonly string[];
  /** Project folders that calls may name. */
  readonly workspaces: readonly string[];
}

const MEGABYTES_10 = 10 * 1024 * 1024;
const LEVELS = 100_000;
/** Huge inputs are rare: each costs as much as a thousand small ones. */
const HUGE_CHANCE = 0.004;
const SPOIL_CHANCE = 0.85;

/** An input for the tool; most are spoiled in one to three places. */
export function toolInput(random: Random, tool: Tool, known: Known): Entries | RawJson {
  const schema = inputSchema(tool) as Schema;
  const whole = new Entries(entriesOf(random, schema, known));
  if (!random.isTrue(SPOIL_CHANCE)) return whole;
  if (random.isTrue(0.03)) return new RawJson(toJsonText(anything(random)));
  for (let left = random.int(1, 3); left > 0; left--) spoil(random, whole);
  return whole;
}

function entriesOf(random: Random, schema: Schema, known: Known): [string, unknown][] {
  const required = schema.required ?? [];
  return Object.entries(schema.properties ?? {})
    .filter(([key]) => required.includes(key) || random.isTrue(0.4))
    .map(([key, inner]) => [key, valid(random, key, inner, known)]);
}

function valid(random: Random, key: string, schema: Schema, known: Known): unknown {
  if (schema.enum) return random.pick(schema.enum);
  if (schema.pattern?.includes("task_") || key === "task_id") return random.pick([...known.taskIds, NO_TASK]);
  if (key === "workspace") return random.pick(known.workspaces);
  if (schema.type === "boolean") return random.isTrue(0.5);
  if (schema.type === "integer" || schema.type === "number")
    return random.int(schema.minimum ?? 0, schema.maximum ?? 9);
  if (schema.type === "array") {
    return Array.from({ length: random.int(0, 3) }, () => valid(random, key, schema.items ?? {}, known));
  }
  if (schema.type === "object") return new Entries(entriesOf(random, schema, known));
  return random.pick(WORDS).slice(0, schema.maxLength ?? WORD_CHARS);
}

const NO_TASK = "task_ffffffffffff";
const WORD_CHARS = 60;
const WORDS = ["a", "Write the report", "architect", "größer als 日本語 🎉", "0", "implementer", "node"];

function spoil(random: Random, whole: Entries): void {
  const { list } = whole;
  const at = list.length > 0 ? random.int(0, list.length - 1) : -1;
  const [key, value] = list[at] ?? ["title", undefined];
  switch (random.int(0, 5)) {
    case 0:
      if (at >= 0) list.splice(at, 1);
      break;
    case 1:
      list.splice(random.int(0, list.length), 0, [random.pick(KEYS), anything(random)]);
      break;
    case 2:
      list.push([key, anything(random)]); // The same key twice.
      break;
    case 3:
      if (value instanceof Entries && value.list.length > 0) return spoil(random, value);
      if (Array.isArray(value)) value.push(anything(random));
      else list[Math.max(0, at)] = [key, anything(random)];
      break;
    default:
      list[Math.max(0, at)] = [key, anything(random)];
  }
}

/** Any JSON value at all, mostly one that somebody once forgot to think of. */
export function anything(random: Random): unknown {
  if (random.isTrue(HUGE_CHANCE)) return random.pick(HUGE)();
  const kind = random.int(0, 9);
  if (kind <= 4) return hostileText(random);
  if (kind <= 6) return random.pick(NUMBERS);
  if (kind === 7) return random.pick([null, true, false, [], new Entries([]), [[]], [null], new Entries([["", null]])]);
  if (kind === 8) return Array.from({ length: random.pick([1, 3, 101, 1_000]) }, () => random.pick(TEXTS));
  return new Entries([
    [random.pick(KEYS), random.pick(NUMBERS)],
    [random.pick(KEYS), new Entries([[random.pick(KEYS), random.pick(TEXTS)]])],
  ]);
}

const HUGE: readonly (() => RawJson)[] = [
  () => new RawJson(`"${"x".repeat(MEGABYTES_10)}"`),
  () => new RawJson(`"${"\\u0000".repeat(MEGABYTES_10 / 6)}"`),
  () => new RawJson(`[${"[".repeat(LEVELS)}${"]".repeat(LEVELS)}]`),
  () => new RawJson(`${'{"a":'.repeat(LEVELS)}1${"}".repeat(LEVELS)}`),
  () => new RawJson(`[${"0,".repeat(LEVELS)}0]`),
  () => new RawJson(`{${Array.from({ length: LEVELS / 10 }, (_, at) => `"k${at}":${at}`).join(",")}}`),
];

/** A text that some layer may take for something else. */
export function hostileText(random: Random): string {
  const one = random.pick(TEXTS);
  if (random.isTrue(0.7)) return one;
  return Array.from({ length: random.int(1, 3) }, () => random.pick(TEXTS)).join(random.pick(["", " ", "\n", "\0"]));
}

export const TEXTS: readonly string[] = [
  "",
  " ",
  "\0",
  "a\0b",
  "\u0001\u0008\u001b[2J\u001b]0;owned\u0007",
  "\r\nX-Injected: 1\r\n\r\n",
  "\ud800",
  "x\udc00\ud800",
  "\ufeff",
  "\u202egnp.exe",
  "\u2028\u2029",
  "مرحبا بالعالم",
  "👩‍👩‍👧‍👦🏳️‍🌈",
  `a${"\u0301".repeat(500)}`,
  "１２３",
  "NaN",
  "-Infinity",
  "1e400",
  "-0",
  "0x10",
  "undefined",
  "null",
  "true",
  "[object Object]",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  '{"title":"inner"}',
  "[1,2,3]",
  "'; DROP TABLE task; --",
  "' OR '1'='1",
  "%",
  "_",
  "?1",
  "{each 1}",
  "{lock}",
  "${7*7}",
  "{{7*7}}",
  "../../../../etc/passwd",
  "/etc/passwd",
  "..\\..\\windows\\win.ini",
  "\\\\host\\share",
  "C:\\x",
  "file:///etc/passwd",
  "cadre://task/../role/x",
  "cadre://task/%00",
  "cadre://role/__proto__",
  "task_000000000000",
  "TASK_FFFFFFFFFFFF",
  "task_ffffffffffff\n",
  "--help",
  "-",
  "a".repeat(201),
  "b".repeat(16_001),
  "c".repeat(100_000),
  "<script>alert(1)</script>",
  '"]; end\n  click x call evil()',
];

const NUMBERS: readonly unknown[] = [
  0,
  -1,
  1.5,
  10,
  201,
  1e21,
  2 ** 53,
  -(2 ** 53) - 2,
  1e308,
  new RawJson("-0"),
  new RawJson("1e999"),
  new RawJson("-1e999"),
  new RawJson("1e-999"),
  new RawJson("123456789012345678901234567890123456789012345678901234567890"),
  new RawJson("0.1234567890123456789"),
];

export const KEYS: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "toJSON",
  "then",
  "length",
  "",
  "\0",
  "\ud800",
  "TITLE",
  "title ",
  "options",
  "workspace",
  "id",
  "cursor",
  "k".repeat(10_000),
];

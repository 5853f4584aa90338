// `bun:test` for Deno: what tests of a room use of it, on node:test and on Jest's `expect`. So the same test is the proof
// on both runtimes: `deno task rooms` runs all that need nothing that only Bun has.
import {
  after,
  afterEach as afterNext,
  before,
  beforeEach as beforeNext,
  describe as group,
  mock,
  test as run,
} from "node:test";
import { inspect } from "node:util";
import { expect as jestExpect } from "expect";

type Body = (...args: never[]) => unknown;
type Options = number | { readonly timeout?: number };

const TIMEOUT_MS = 60_000;

function limited(options: Options | undefined): { timeout: number } {
  return { timeout: (typeof options === "number" ? options : options?.timeout) ?? TIMEOUT_MS };
}

/** `%s` is the next value, `$name` a field of the only one. */
function named(name: string, values: readonly unknown[], number: number): string {
  let next = 0;
  const [only] = values;
  return name
    .replaceAll(/%([sdpjio#%])/g, (_all, kind: string) => {
      if (kind === "%") return "%";
      if (kind === "#") return String(number);
      const value = values[next++];
      return typeof value === "string" && kind !== "p" ? value : inspect(value);
    })
    .replaceAll(/\$(\w+)/g, (all, key: string) =>
      only !== null && typeof only === "object" && key in only ? String((only as Record<string, unknown>)[key]) : all,
    );
}

type Declare = (name: string, body: () => unknown, options?: Options) => void;

function each(declare: Declare) {
  return (rows: readonly unknown[]) => (name: string, body: Body, options?: Options) => {
    for (const [number, row] of rows.entries()) {
      const values = Array.isArray(row) ? row : [row];
      declare(named(name, values, number), () => (body as (...args: unknown[]) => unknown)(...values), options);
    }
  };
}

function withVariants(declare: Declare, skipped: Declare) {
  const choose = (isSkipped: boolean) =>
    Object.assign(isSkipped ? skipped : declare, { each: each(isSkipped ? skipped : declare) });
  return Object.assign((...args: Parameters<Declare>) => declare(...args), {
    each: each(declare),
    skip: choose(true),
    if: (isWanted: unknown) => choose(!isWanted),
    skipIf: (isSkipped: unknown) => choose(Boolean(isSkipped)),
  });
}

export const test = withVariants(
  (name, body, options) => void run(name, limited(options), async () => void (await body())),
  (name) => void run(name, { skip: true }, () => {}),
);
export const describe = withVariants(
  (name, body) => void group(name, () => void body()),
  (name) => void group(name, { skip: true }, () => {}),
);

export const beforeAll = (body: () => unknown) => before(async () => void (await body()));
export const afterAll = (body: () => unknown) => after(async () => void (await body()));
export const beforeEach = (body: () => unknown) => beforeNext(async () => void (await body()));
export const afterEach = (body: () => unknown) => afterNext(async () => void (await body()));

export const jest = {
  useFakeTimers: () => mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: Date.now() }),
  advanceTimersByTime: (ms: number) => mock.timers.tick(ms),
  useRealTimers: () => mock.timers.reset(),
};

const told = (pass: boolean, words: string) => ({ pass, message: () => words });
const text = (value: unknown) => String(value);
jestExpect.extend({
  toStartWith: (value, start) =>
    told(text(value).startsWith(text(start)), `${inspect(value)} does not begin with ${inspect(start)}`),
  toEndWith: (value, end) =>
    told(text(value).endsWith(text(end)), `${inspect(value)} does not end with ${inspect(end)}`),
  toBeTrue: (value) => told(value === true, `${inspect(value)} is not true`),
  toBeFalse: (value) => told(value === false, `${inspect(value)} is not false`),
  toBeArray: (value) => told(Array.isArray(value), `${inspect(value)} is no array`),
  toBeString: (value) => told(typeof value === "string", `${inspect(value)} is no text`),
  toBeEmpty: (value) => told(Object.keys(value as object).length === 0, `${inspect(value)} is not empty`),
  toBeNumber: (value) => told(typeof value === "number", `${inspect(value)} is no number`),
  toBeWithin: (value, from, to) =>
    told((value as number) >= from && (value as number) < to, `${value} is not from ${from} to ${to}`),
  toContainValues: (value, wanted) => {
    const values = Object.values(value as object);
    return told(
      (wanted as unknown[]).every((one) => values.includes(one)),
      `${inspect(values)} lacks some of ${inspect(wanted)}`,
    );
  },
});
/** The second value is what is said where it fails; the runner tells it by the test's name. */
export const expect = Object.assign((value: unknown, _words?: string) => jestExpect(value), jestExpect);

/** Whoever needs longer than others; here everybody has as long. */
export const setDefaultTimeout = (_ms: number) => {};

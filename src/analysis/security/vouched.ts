// What a condition says of names: for which kinds of weakness their values are in order where it is true, or false.
import { EVERY_KIND } from "./rules.ts";
import { madeSafe, type Scope, type Taint, taintOf, type Value } from "./value.ts";

/** Names, and the kinds of weakness that they are in order for, a bit each. */
type Names = ReadonlyMap<string, number>;

export interface Vouched {
  readonly whenTrue: Names;
  readonly whenFalse: Names;
}

const NOBODY: Names = new Map();
export const VOUCHES_FOR_NOBODY: Vouched = { whenTrue: NOBODY, whenFalse: NOBODY };

export function vouchesWhenTrue(names: readonly (string | undefined)[], kinds = EVERY_KIND): Vouched {
  const known = names.filter((name) => name !== undefined && name !== "") as string[];
  if (known.length === 0) return VOUCHES_FOR_NOBODY;
  return { whenTrue: new Map(known.map((name) => [name, kinds])), whenFalse: NOBODY };
}

export function negated({ whenTrue, whenFalse }: Vouched): Vouched {
  return { whenTrue: whenFalse, whenFalse: whenTrue };
}

export function bothOf(left: Vouched, right: Vouched): Vouched {
  return {
    whenTrue: either(left.whenTrue, right.whenTrue),
    whenFalse: shared(left.whenFalse, right.whenFalse),
  };
}

export function oneOf(left: Vouched, right: Vouched): Vouched {
  return negated(bothOf(negated(left), negated(right)));
}

function either(one: Names, other: Names): Names {
  if (one.size === 0 || other.size === 0) return one.size === 0 ? other : one;
  const all = new Map(one);
  for (const [name, kinds] of other) all.set(name, (all.get(name) ?? 0) | kinds);
  return all;
}

function shared(one: Names, other: Names): Names {
  const all = new Map<string, number>();
  for (const [name, kinds] of one) {
    const both = kinds & (other.get(name) ?? 0);
    if (both !== 0) all.set(name, both);
  }
  return all;
}

/** Where a condition has vouched for them, nobody else has a say in them any more. */
export function vouchFor(names: Names, scope: Scope): void {
  for (const [name, kinds] of names) {
    const value = scope.get(name);
    const taint = value && taintOf(value);
    if (!taint) continue;
    // Whoever has looked at the host of an address has looked at the address.
    const same: [string, Value][] = [[name, value]];
    scope.forEachName((other, its) => {
      if (its.taint && isOnTheWay(its.taint, taint)) same.push([other, its]);
    });
    for (const [other, its] of same) scope.set(other, inOrder(its, kinds));
  }
}

export function inOrder(value: Value, kinds: number): Value {
  if (kinds !== EVERY_KIND) return { ...value, taint: madeSafe(taintOf(value), kinds) };
  return { ...value, taint: madeSafe(value.taint, EVERY_KIND), parts: undefined };
}

/** Whether one has become the other. */
function isOnTheWay({ steps }: Taint, later: Taint): boolean {
  return (
    steps.length > 0 &&
    steps.length <= later.steps.length &&
    steps.every(({ node }, at) => later.steps[at]?.node === node)
  );
}

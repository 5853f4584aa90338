// What a condition says of names: where it is true, or where it is false, their values are in order.
import { EVERY_KIND } from "./rules.ts";
import { madeSafe, type Scope, type Taint, taintOf, type Value } from "./value.ts";

export interface Vouched {
  readonly whenTrue: ReadonlySet<string>;
  readonly whenFalse: ReadonlySet<string>;
}

const NOBODY: ReadonlySet<string> = new Set();
export const VOUCHES_FOR_NOBODY: Vouched = { whenTrue: NOBODY, whenFalse: NOBODY };

export function vouchesWhenTrue(names: readonly (string | undefined)[]): Vouched {
  const known = names.filter((name) => name !== undefined && name !== "") as string[];
  return known.length === 0 ? VOUCHES_FOR_NOBODY : { whenTrue: new Set(known), whenFalse: NOBODY };
}

export function negated({ whenTrue, whenFalse }: Vouched): Vouched {
  return { whenTrue: whenFalse, whenFalse: whenTrue };
}

export function bothOf(left: Vouched, right: Vouched): Vouched {
  return {
    whenTrue: left.whenTrue.union(right.whenTrue),
    whenFalse: left.whenFalse.intersection(right.whenFalse),
  };
}

export function oneOf(left: Vouched, right: Vouched): Vouched {
  return negated(bothOf(negated(left), negated(right)));
}

/** Where a condition has vouched for them, nobody else has a say in them any more. */
export function vouchFor(names: ReadonlySet<string>, scope: Scope): void {
  for (const name of names) {
    const value = scope.get(name);
    const taint = value && taintOf(value);
    if (!taint) continue;
    // Whoever has looked at the host of an address has looked at the address.
    for (const [other, its] of scope.all())
      if (other === name || (its.taint && isOnTheWay(its.taint, taint))) scope.set(other, inOrder(its));
  }
}

function inOrder(value: Value): Value {
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

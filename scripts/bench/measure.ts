/** The value in the middle. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The smallest value that at least `percent` of all do not exceed. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1);
  const value = sorted[at];
  if (value === undefined) throw new Error("nothing was measured");
  return value;
}

/** Does `work` again and again in so many lanes for so long; how often a second. */
export async function rateOf(durationMs: number, lanes: number, work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const until = started + durationMs;
  let done = 0;
  const lane = async () => {
    while (performance.now() < until) {
      await work();
      done++;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return done / ((performance.now() - started) / 1_000);
}

/**
 * What stands side by side in the table is measured side by side: one after the other in every round, the
 * order turned each time, so that a busy moment of the machine hits all of them.
 */
export async function interleave<Name extends string>(
  rounds: number,
  cases: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number[]>> {
  const names = Object.keys(cases) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) values[name].push(await cases[name]());
  }
  return values;
}

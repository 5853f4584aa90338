import { AppError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { MAP_AT_ONCE_MAX, MAP_ITEMS_MAX } from "../../base/limits.ts";
import { failureOf } from "../../runs/failure.ts";
import { Turns } from "../../sandbox/turns.ts";
import type { Place, StepWork } from "../place.ts";

/** The same steps for each entry of a list. What it comes to has an entry for each, null where it failed. */
export const map: StepWork<"map"> = async (own, place) => {
  const { context, key } = place;
  const items = listOf(await place.fill(own.over));
  // Told before they begin, so that whoever watches knows how far it is.
  await context.step(key, async () => ({ items: items.length }), { kind: "map" });
  const turns = new Turns(await atOnce(own.concurrency, place), items.length);
  const work = async (item: Json, index: number) => {
    await using _turn = await turns.take(context.signal);
    return await place.steps(own.steps, `[${index}]`, { item, index });
  };
  const ended = await Promise.allSettled(items.map(work));
  const failures = ended.filter((one) => one.status === "rejected");
  const wanted = wantedOf(own.min_success, items.length);
  if (items.length - failures.length < wanted) throw tooFew(failures, items.length, wanted);
  if (failures.length > 0) place.note(whatFailed(ended));
  return ended.map((one) => (one.status === "fulfilled" ? (one.value ?? null) : null));
};

async function atOnce(concurrency: number | string, place: Place): Promise<number> {
  const most = typeof concurrency === "number" ? concurrency : Number(await place.fill(concurrency));
  if (Number.isInteger(most) && most >= 1) return Math.min(most, MAP_AT_ONCE_MAX);
  throw new AppError("invalid_input", `cannot work on ${most} items at once`, {
    hint: "concurrency must come to 1 or more.",
  });
}

function listOf(value: Json | undefined): Json[] {
  const kind = value === null ? "null" : typeof value;
  if (!Array.isArray(value)) {
    throw new AppError("invalid_input", `cannot go through what is no list: ${kind}`, {
      hint: "over must come to a list, like ${inputs.files} or ${Object.keys(steps.x)}.",
    });
  }
  if (value.length <= MAP_ITEMS_MAX) return value;
  throw new AppError("too_large", `cannot go through ${value.length} items`, {
    hint: `At most ${MAP_ITEMS_MAX}; give parts of them to runs of their own.`,
  });
}

/** For the steps after it, which may have to say what is missing. */
function whatFailed(ended: readonly PromiseSettledResult<unknown>[]): Json {
  const items = ended.flatMap((one, index) => {
    if (one.status !== "rejected") return [];
    const { code, message } = failureOf(one.reason);
    return [{ index, code, message }];
  });
  return { code: "failed", message: `${items.length} of ${ended.length} failed`, items };
}

function wantedOf(least: number | string | undefined, items: number): number {
  if (typeof least === "string") return Math.ceil((Number.parseInt(least, 10) / 100) * items);
  return Math.min(least ?? items, items);
}

function tooFew(failures: readonly PromiseRejectedResult[], items: number, wanted: number): unknown {
  const [first] = failures;
  if (items === 1) return first?.reason;
  const why = first?.reason instanceof Error ? first.reason.message : "unknown failure";
  const done = items - failures.length;
  return new AppError("failed", `${done} of ${items} succeeded, ${wanted} must: the first that failed: ${why}`, {
    hint: "cadre run retry does those again that failed.",
  });
}

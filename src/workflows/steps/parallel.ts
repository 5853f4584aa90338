import type { Json } from "../../base/json.ts";
import { AtOnce } from "../at-once.ts";
import type { StepWork } from "../place.ts";

/** Branches side by side; all of them come to their end before one that failed is told of. */
export const parallel: StepWork<"parallel"> = async (own, place) => {
  const branches = Object.entries(own.branches);
  const turns = new AtOnce(own.concurrency ?? branches.length);
  const ended = await Promise.allSettled(branches.map(([, list]) => turns.run(() => place.steps(list))));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return Object.fromEntries(
    branches.map(([name], at) => [name, (ended[at] as PromiseFulfilledResult<Json | undefined>).value ?? null]),
  );
};

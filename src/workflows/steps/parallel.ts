import type { Json } from "../../base/json.ts";
import { Turns } from "../../sandbox/turns.ts";
import type { StepWork } from "../place.ts";
import type { Step } from "../workflow-file.ts";

/** Branches side by side; all of them come to their end before one that failed is told of. */
export const parallel: StepWork<"parallel"> = async (own, place) => {
  const branches = Object.entries(own.branches);
  const turns = new Turns(own.concurrency ?? branches.length, branches.length);
  const work = async (list: readonly Step[]) => {
    await using _turn = await turns.take(place.context.signal);
    return await place.steps(list);
  };
  const ended = await Promise.allSettled(branches.map(([, list]) => work(list)));
  for (const one of ended) if (one.status === "rejected") throw one.reason;
  return Object.fromEntries(
    branches.map(([name], at) => [name, (ended[at] as PromiseFulfilledResult<Json | undefined>).value ?? null]),
  );
};

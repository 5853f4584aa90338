import type { Json } from "../../base/json.ts";
import type { StepWork } from "../place.ts";

/** The same steps again, until something is true or it was often enough; it comes to what its last round did. */
export const loop: StepWork<"loop"> = async (own, place) => {
  let last: Json | undefined;
  for (let round = 0; round < own.max; round++) {
    const around = { round, last: last ?? null };
    const { value, isLast } = await place.round(own.steps, `[${round}]`, around, own.until);
    last = value;
    if (isLast) break;
  }
  return last;
};

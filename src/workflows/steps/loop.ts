import type { Json } from "../../base/json.ts";
import { failureOf } from "../../runs/failure.ts";
import type { StepWork } from "../place.ts";

/**
 * The same steps again, until something is true or it was often enough; it comes to what its last round did. A round
 * that fails fails the loop, unless enough of them have succeeded by then.
 */
export const loop: StepWork<"loop"> = async (own, place) => {
  let last: Json | undefined;
  for (let round = 0; round < own.max; round++) {
    const around = { round, last: last ?? null };
    try {
      const { value, isLast } = await place.round(own.steps, `[${round}]`, around, own.until);
      last = value;
      if (isLast) break;
    } catch (thrown) {
      if (round < (own.min_success ?? own.max)) throw thrown;
      const { code, message } = failureOf(thrown);
      place.note({ code, message, round });
      break;
    }
  }
  return last;
};

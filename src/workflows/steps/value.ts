import type { StepWork } from "../place.ts";

/** Something that is worked out from what is known, and remembered under a name. */
export const value: StepWork<"value"> = (own, place) =>
  place.context.step(place.key, ({ signal }) => place.fillNow(own, signal), { kind: "value" });

import { AppError } from "../../base/errors.ts";
import type { StepWork } from "../place.ts";

/** Until somebody says something to the run; what they say is what it comes to. */
export const wait: StepWork<"wait"> = async (own, place, step) => {
  const name = String((await place.fill(own.signal)) ?? "");
  return place.context.waitFor(place.key, name, {
    kind: "wait",
    timeoutMs: step.timeout,
    refusal: (data) =>
      data === undefined
        ? new AppError("timeout", `nobody said ${name} in time`, { hint: "Retry the run to wait again." })
        : undefined,
  });
};

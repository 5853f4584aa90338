import { parseDuration } from "../../base/duration.ts";
import { AppError } from "../../base/errors.ts";
import { STEP_MS_MAX } from "../../base/limits.ts";
import type { StepWork } from "../place.ts";

export const sleep: StepWork<"sleep"> = async (own, place) => {
  const text = String((await place.fill(own)) ?? "");
  const ms = parseDuration(text);
  if (ms === undefined || ms > STEP_MS_MAX) {
    throw new AppError("invalid_input", `cannot sleep for ${JSON.stringify(text)}: it is no time up to 30d`, {
      hint: 'Say it with its unit, like "30s" or "5m".',
    });
  }
  await place.context.sleep(place.key, ms);
  return undefined;
};

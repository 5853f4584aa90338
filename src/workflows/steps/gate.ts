import { AppError } from "../../base/errors.ts";
import { isRecord, type Json } from "../../base/json.ts";
import type { StepWork } from "../place.ts";

/** Waits until somebody says yes: `true`, or `{approved, note}`. */
export const gate: StepWork<"gate"> = async (own, place, step) => {
  const { context, key } = place;
  const { message, details } = (await place.fill(own as Json)) as Record<string, Json>;
  const answer = await context.waitFor(key, key, {
    kind: "gate",
    timeoutMs: step.timeout,
    about: { message: message ?? "", ...(details === undefined ? {} : { details }) },
    refusal: gateRefusal,
  });
  return isRecord(answer) ? answer : { approved: true };
};

export function gateRefusal(data: Json | undefined): AppError | undefined {
  if (data === undefined) {
    return new AppError("timeout", "nobody approved it in time", { hint: "Retry the run to ask again." });
  }
  if (data === true || (isRecord(data) && data["approved"] === true)) return undefined;
  const note = isRecord(data) && typeof data["note"] === "string" ? `: ${data["note"]}` : "";
  return new AppError("failed", `it was not approved${note}`, { hint: "Retry the run to ask again." });
}

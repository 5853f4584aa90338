import { AppError } from "../../base/errors.ts";
import type { StepWork } from "../place.ts";

/** The steps of one case, by what a value comes to. */
export const choice: StepWork<"switch"> = async (own, place) => {
  const value = await place.fill(own.on);
  const name = typeof value === "string" ? value : JSON.stringify(value ?? null);
  const list = Object.hasOwn(own.cases, name) ? own.cases[name] : own.default;
  if (list) return place.steps(list);
  throw new AppError("failed", `no case is for ${name}`, {
    hint: `There are ${Object.keys(own.cases).join(", ")}; a default takes all others.`,
  });
};

import type { RunCaller } from "../base/call-tool.ts";
import { AppError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import { RUN_DEPTH_MAX } from "../base/limits.ts";
import type { Begun, StepParts } from "./place.ts";

/** A workflow as it was when a step began it: an edit meanwhile does not change it. */
export interface BegunBelow extends Pick<Begun, "input" | "options"> {
  readonly id: string;
  readonly version: string;
}

/** Makes a workflow ready to be run below a run, in a form that a step can remember. */
export async function beginBelow(
  { begin }: Pick<StepParts, "begin">,
  workspace: string,
  id: string,
  inputs: Readonly<Record<string, Json>>,
  caller: RunCaller,
): Promise<Json> {
  const depth = caller.depth + 1;
  if (depth > RUN_DEPTH_MAX) {
    throw new AppError("conflict", `cannot run ${id}: ${RUN_DEPTH_MAX} runs lie in each other already`, {
      hint: "Let it end where it runs itself.",
    });
  }
  const { version, input, options } = await begin(workspace, id, inputs, { ...caller, depth });
  return { id, version, input, options } as unknown as Json;
}

import { AppError } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";
import { RUN_DEPTH_MAX } from "../../base/limits.ts";
import type { Begun, Place, StepWork } from "../place.ts";

/** Another workflow, as a run of its own; it comes to what that one comes to. */
export const run: StepWork<"run"> = async (own, place) => {
  const { context, parts, key } = place;
  // Which text it was is remembered: an edit meanwhile does not change it.
  const chosen = await context.step(`${key}.workflow`, ({ signal }) => choose(own as Json, place, signal), {
    kind: "make",
  });
  const { id, version, input, options } = chosen as unknown as Chosen;
  return context.child(key, await context.again(() => parts.kept(id, version)), input, options);
};

interface Chosen extends Pick<Begun, "input" | "options"> {
  readonly id: string;
  readonly version: string;
}

async function choose(own: Json, { parts, workspace, caller, ...place }: Place, signal: AbortSignal): Promise<Json> {
  const { workflow, inputs = {} } = (await place.fillNow(own, signal)) as Record<string, Json>;
  const depth = caller.depth + 1;
  if (depth > RUN_DEPTH_MAX) {
    throw new AppError("conflict", `cannot run ${workflow}: ${RUN_DEPTH_MAX} runs lie in each other already`, {
      hint: "Let it end where it runs itself.",
    });
  }
  const id = String(workflow);
  const begun = await parts.begin(workspace, id, inputs as Record<string, Json>, { ...caller, depth });
  const { version, input, options } = begun;
  return { id, version, input, options } as unknown as Json;
}

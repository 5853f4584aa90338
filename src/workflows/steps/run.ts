import type { Json } from "../../base/json.ts";
import { type BegunBelow, beginBelow } from "../begin-below.ts";
import type { Place, StepWork } from "../place.ts";

/** Another workflow, as a run of its own; it comes to what that one comes to. */
export const run: StepWork<"run"> = async (own, place) => {
  const { context, parts, key } = place;
  const chosen = await context.step(`${key}.workflow`, ({ signal }) => choose(own as Json, place, signal), {
    kind: "make",
  });
  const { id, version, input, options } = chosen as unknown as BegunBelow;
  return context.child(key, await context.again(() => parts.kept(id, version)), input, options);
};

async function choose(own: Json, { parts, workspace, caller, ...place }: Place, signal: AbortSignal): Promise<Json> {
  const { workflow, inputs = {} } = (await place.fillNow(own, signal)) as Record<string, Json>;
  return beginBelow(parts, workspace, String(workflow), inputs as Record<string, Json>, caller);
}

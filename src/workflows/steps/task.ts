import { AppError } from "../../base/errors.ts";
import { isRecord, type Json } from "../../base/json.ts";
import type { StepWork } from "../place.ts";

/** Work for whoever takes it: a task with a role, which completes the step when it is handed in. */
export const task: StepWork<"task"> = async (own, place, step) => {
  const { context, parts, workspace, key } = place;
  const id = await context.step(
    `${key}.task`,
    async ({ signal }) => {
      const filled = (await place.fillNow(own as Json, signal)) as Record<string, Json>;
      return parts.tasks.createForStep(workspace, filled, { run: context.id, step: key });
    },
    { kind: "make" },
  );
  return context.waitFor(key, `task ${id}`, {
    kind: "task",
    timeoutMs: step.timeout,
    about: { task: id },
    refusal: (data) => taskRefusal(id, data),
  });
};

/** Why the step fails with what came of its task. */
export function taskRefusal(id: string, data: Json | undefined): AppError | undefined {
  if (data === undefined) {
    return new AppError("timeout", `nobody handed in ${id} in time`, {
      hint: "Give the step more time, or retry the run.",
    });
  }
  const status = isRecord(data) ? data["status"] : undefined;
  if (status === "completed") return undefined;
  const note = isRecord(data) && data["note"] ? `: ${data["note"]}` : "";
  return new AppError("failed", `${id} was ${status}${note}`, { hint: "Retry the run to have it done anew." });
}

import { z } from "zod";
import { WORD_CHARS_MAX } from "../base/limits.ts";
import { Schedule } from "../workflows/schedule-shown.ts";
import { cursor, limit, more, workspace } from "./inputs.ts";
import { callerOf, RunInputs } from "./run.ts";
import { defineTool } from "./tool.ts";

export const scheduleCreate = defineTool({
  name: "schedule_create",
  title: "Schedule a workflow",
  summary:
    "Starts a workflow by the clock, again and again, while any cadre runs on this machine; what was missed is made good once.",
  // What it starts may do whatever tools do.
  effect: "destroy",
  toolset: "runs",
  input: z.object({
    workflow: Schedule.shape.workflow.min(1),
    cron: z.string().min(1).max(WORD_CHARS_MAX).describe('Minute, hour, day, month, weekday: "0 3 * * 1-5".'),
    timezone: z
      .string()
      .min(1)
      .max(WORD_CHARS_MAX)
      .optional()
      .describe("Like Europe/Berlin; this machine's if not given."),
    inputs: RunInputs,
    workspace,
  }),
  output: Schedule,
  positional: ["workflow", "cron"],
  run: (app, { workspace: given, inputs = {}, ...asked }, call) =>
    app.schedules.create(given ?? call.workspace, { ...asked, inputs }, callerOf(call)),
});

export const scheduleList = defineTool({
  name: "schedule_list",
  title: "List schedules",
  summary: "Workflows of the project that start by the clock: when next, what was started last, and why not.",
  effect: "read",
  toolset: "runs",
  input: z.object({ limit, cursor, workspace }),
  output: z.object({ schedules: z.array(Schedule), cursor: more }),
  run: (app, { workspace: given, ...page }, call) => app.schedules.list(given ?? call.workspace, page),
});

export const scheduleDelete = defineTool({
  name: "schedule_delete",
  title: "Delete a schedule",
  summary: "It starts nothing any more; runs that it has started go on.",
  effect: "write",
  toolset: "runs",
  input: z.object({ id: Schedule.shape.id }),
  output: Schedule,
  positional: ["id"],
  run: (app, { id }) => app.schedules.remove(id),
});

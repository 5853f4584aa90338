import type { Handover } from "./overview.ts";

/** What to do next, for a model that has just come: it depends on what there is. */
export function guidance({
  counts,
  interrupted = [],
  drafts = [],
  next = [],
  stuck = [],
  plans = [],
}: Handover): string {
  const left = interrupted.length + drafts.length;
  const finished = plans.find(({ completed, total }) => completed === total);
  const steps = [
    ...(Object.keys(counts).length === 0
      ? ["Nothing is planned. Cut the goal into tasks with roles and needs, and give them to task_plan in one call."]
      : []),
    ...(left > 0 ? ["Work was interrupted: task_start takes it up again, its draft is kept."] : []),
    ...(left === 0 && next.length > 0 ? ["task_start without an id takes the next task."] : []),
    ...(stuck.length > 0 ? ["Stuck tasks wait for one that failed: retry it, waive it, or plan anew."] : []),
    ...(finished ? [`All of ${finished.id} is done: session_synthesize puts it together.`] : []),
  ];
  return [...steps, LOOP].join(" ");
}

const LOOP =
  "For each task: task_start (role, context, lease), write with task_append piece by piece, task_complete; at the end session_synthesize.";

// What becomes of the tasks of a run when the run is over, or begins again.
import type { Clock } from "../base/clock.ts";
import { RUN_SWEEP_ROWS } from "../base/limits.ts";
import { appendEvent } from "../store/events.ts";
import { forgetLostTasks } from "../store/run-steps.ts";
import { readLeftTasks, tasksOfRun, unlinkTask } from "../store/run-tasks.ts";
import type { Part, Sql } from "../store/sql.ts";
import { type TaskRow, taskForChange, updateTask } from "../store/tasks.ts";
import { taskEvent } from "../tasks/task-event.ts";
import type { Tasks } from "../tasks/tasks.ts";

export class StepTasks {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #tasks: Pick<Tasks, "update">;

  constructor(sql: Sql, clock: Clock, tasks: Pick<Tasks, "update">) {
    this.#sql = sql;
    this.#clock = clock;
    this.#tasks = tasks;
  }

  /** Tasks that no run waits for any more are cancelled: nobody is to work for nothing. */
  async leave(): Promise<void> {
    for (const id of await readLeftTasks(this.#sql, RUN_SWEEP_ROWS)) {
      const change = { status: "cancelled", note: "The run that it was made for is over.", force: true } as const;
      await this.#tasks.update(id, change).catch(() => {}); // Somebody was faster.
    }
  }

  /** Of a run that begins again: what failed is open again, what is gone for good is made anew. */
  *again(runId: string): Part<void> {
    const now = this.#clock.now();
    for (const { task_id, is_made } of yield* tasksOfRun(runId)) {
      const task = yield* taskForChange(task_id);
      const isGone = is_made === 1 && (!task || task.archived_ms !== null || task.status === "cancelled");
      if (isGone) yield* unlinkTask(task_id);
      else if (task?.status === "failed") yield* reopen(task, now);
    }
    yield* forgetLostTasks(runId);
  }
}

export function* reopen(task: TaskRow, now: number): Part<void> {
  const open = yield* updateTask(task.id, task.revision, { status: "pending", note: "" }, now);
  if (open) yield* appendEvent(taskEvent("task.updated", open, { status: open.status, from: task.status }));
}

// Workflows that start by the clock. Invariant: of each time one run is started, however many processes look; times
// that passed while nobody looked are made good by one run.
import type { RunCaller } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import { AppError, toAppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import type { Json } from "../base/json.ts";
import { RUN_SWEEP_ROWS, SCHEDULE_MS_MIN } from "../base/limits.ts";
import { pageCursor } from "../base/page-cursor.ts";
import { redactText } from "../base/redact.ts";
import { clip } from "../base/text.ts";
import { RUN_ENDS } from "../base/transitions.ts";
import { appendEvent } from "../store/events.ts";
import { readRun } from "../store/runs.ts";
import {
  deleteSchedule,
  insertSchedule,
  moveSchedule,
  nextSchedule,
  readDueSchedules,
  readSchedules,
  type ScheduleRow,
} from "../store/schedules.ts";
import type { Sql } from "../store/sql.ts";
import type { Workspaces } from "../tasks/workspaces.ts";
import type { Schedule } from "./schedule-shown.ts";
import type { WorkflowLibrary } from "./workflow-library.ts";
import type { WorkflowRuns } from "./workflow-runs.ts";
import { inputsOf } from "./yaml-workflows.ts";

interface SchedulesParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly workspaces: Workspaces;
  readonly library: WorkflowLibrary;
  readonly workflowRuns: WorkflowRuns;
  /** The name of this machine. */
  readonly host: string;
}

interface Asked {
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, Json>>;
  readonly cron: string;
  readonly timezone?: string | undefined;
}

const PROBLEM_CHARS_MAX = 500;

export class Schedules {
  readonly #parts: SchedulesParts;

  constructor(parts: SchedulesParts) {
    this.#parts = parts;
  }

  async create(
    path: string,
    { workflow, inputs, cron, timezone = ownTimezone() }: Asked,
    caller: RunCaller,
  ): Promise<Schedule> {
    const { sql, clock, ids, workspaces, library, host } = this.#parts;
    const now = clock.now();
    const next_ms = await nextTime(cron, timezone, now);
    const { file } = await library.use(path, workflow);
    inputsOf(workflow, file, inputs);
    const workspace = await workspaces.at(path);
    const row = {
      id: ids.next("schedule"),
      workspace_id: workspace.id,
      workflow,
      inputs: JSON.stringify(inputs),
      caller: JSON.stringify(caller),
      cron,
      timezone,
      host,
      next_ms,
      created_ms: now,
    };
    await sql.write(function* () {
      yield* insertSchedule(row);
      yield* appendEvent(scheduleEvent("schedule.created", row, now, { workflow, cron }));
    });
    return shown({ ...row, seq: 0, last_run: null, problem: null });
  }

  async list(
    path: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{ schedules: Schedule[]; cursor?: string }> {
    const { sql, workspaces } = this.#parts;
    const after = pageCursor(page.cursor, "schedule_list", 0);
    const workspace = await workspaces.find(path);
    if (!workspace) return { schedules: [] };
    const rows = await readSchedules(sql, workspace.id, after, page.limit + 1);
    const shownRows = rows.slice(0, page.limit);
    const last = shownRows.at(-1);
    return {
      schedules: shownRows.map(shown),
      ...(rows.length > page.limit && last ? { cursor: String(last.seq) } : {}),
    };
  }

  async remove(id: string): Promise<Schedule> {
    const { sql, clock } = this.#parts;
    const now = clock.now();
    const row = await sql.write(function* () {
      const gone = yield* deleteSchedule(id);
      if (!gone) throw new AppError("not_found", `no schedule ${id}`, { hint: "List them with schedule_list." });
      yield* appendEvent(scheduleEvent("schedule.deleted", gone, now, { workflow: gone.workflow }));
      return gone;
    });
    return shown(row);
  }

  /** Starts what is due, and says when the next is. */
  async startDue(): Promise<number | undefined> {
    const { sql, clock, host } = this.#parts;
    for (const row of await readDueSchedules(sql, host, clock.now(), RUN_SWEEP_ROWS)) await this.#start(row);
    return nextSchedule(sql, host);
  }

  async #start(row: ScheduleRow): Promise<void> {
    const { sql, clock } = this.#parts;
    const now = clock.now();
    const started = await this.#tryStart(row).catch((cause: unknown) => ({
      problem: clip(redactText(toAppError(cause).message), PROBLEM_CHARS_MAX),
    }));
    const next_ms = await nextTime(row.cron, row.timezone, now);
    const told = "problem" in started ? started : { run: started.run };
    await sql.write(function* () {
      const isMine = yield* moveSchedule(row, {
        next_ms,
        last_run: "run" in started ? started.run : row.last_run,
        problem: "problem" in started ? started.problem : null,
      });
      const type = "problem" in started ? "schedule.failed" : "schedule.started";
      if (isMine) yield* appendEvent(scheduleEvent(type, row, now, { workflow: row.workflow, ...told }));
    });
  }

  /** One that is not over by the next time is not joined by another. */
  async #tryStart(row: ScheduleRow): Promise<{ readonly run: string } | { readonly problem: string }> {
    const { sql, workspaces, workflowRuns } = this.#parts;
    const before = row.last_run === null ? undefined : await readRun(sql, row.last_run);
    if (before && !RUN_ENDS.includes(before.status)) return { problem: `${before.id} is not over yet` };
    const path = await workspaces.pathOf(row.workspace_id);
    if (path === undefined) return { problem: "its project is not known any more" };
    const asked = {
      workflow: row.workflow,
      inputs: JSON.parse(row.inputs) as Record<string, Json>,
      idempotencyKey: `${row.id} ${row.next_ms}`,
    };
    const caller = JSON.parse(row.caller) as RunCaller;
    const { signal } = new AbortController();
    return { run: (await workflowRuns.start(path, asked, caller, { waitMs: 0, signal })).id };
  }
}

/** Loaded with the first schedule. */
async function nextTime(cron: string, timezone: string, now: number): Promise<number> {
  const { Cron } = await import("croner");
  let next: Date | null;
  let after: Date | null;
  try {
    const pattern = new Cron(cron, { timezone, paused: true });
    next = pattern.nextRun(new Date(now));
    after = next && pattern.nextRun(next);
  } catch (cause) {
    throw new AppError(
      "invalid_input",
      `cannot read the times ${JSON.stringify(clip(cron, 100))} in ${clip(timezone, 100)}`,
      {
        hint: 'Five fields like "0 3 * * 1-5" (minute, hour, day, month, weekday), and a time zone like Europe/Berlin.',
        cause,
      },
    );
  }
  if (!next)
    throw new AppError("invalid_input", `the times ${JSON.stringify(cron)} never come`, { hint: "Choose others." });
  if (after && after.getTime() - next.getTime() < SCHEDULE_MS_MIN)
    throw new AppError("invalid_input", "a schedule starts a run once a minute at most", { hint: "Use five fields." });
  return next.getTime();
}

function ownTimezone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function scheduleEvent(
  type: string,
  { id, workspace_id }: Pick<ScheduleRow, "id" | "workspace_id">,
  now: number,
  data: Record<string, unknown>,
) {
  return { at_ms: now, workspace_id, subject: id, type, data };
}

function shown({ id, workflow, cron, timezone, inputs, next_ms, last_run, problem }: ScheduleRow): Schedule {
  const given = JSON.parse(inputs) as Record<string, unknown>;
  return {
    id,
    workflow,
    cron,
    timezone,
    ...(Object.keys(given).length > 0 ? { inputs: given } : {}),
    next_ms,
    ...(last_run === null ? {} : { last_run }),
    ...(problem === null ? {} : { problem }),
  };
}

// What runs remember, on a server: of many runs in one statement, which is a commit, too. Invariant: at most one record
// of a run is under way, so that its events are counted one by one; what cannot be kept like that is not kept at all,
// and whoever asked is told so.
import { toAppError } from "../base/errors.ts";
import { RECORDS_AT_ONCE, RECORDS_IN_FLIGHT } from "../base/limits.ts";
import { SCHEMA_LATEST } from "./migrate.ts";
import type { StepRow } from "./run-steps.ts";
import type { Sql } from "./sql.ts";

export interface StepRecord {
  readonly epoch: number;
  readonly workspaceId: string | null;
  readonly nowMs: number;
  readonly step: StepRow;
  /** The event that tells of it; the number among those of its run is added. */
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Waiting {
  readonly record: StepRecord;
  readonly resolve: (isKept: boolean) => void;
  readonly reject: (cause: unknown) => void;
}

const COLUMNS = "run_id, key, kind, status, attempt, wake_ms, about, output, error, started_ms, ended_ms";

/** A row that somebody has locked is passed over: two statements that wait for each other's rows would deadlock. */
const KEEP = `WITH given AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(?1::text::jsonb) AS g (epoch {int}, workspace_id TEXT, now_ms {int}, run_id TEXT,
      key TEXT, kind TEXT, status TEXT, attempt {int}, wake_ms {int}, about TEXT, output TEXT, error TEXT,
      started_ms {int}, ended_ms {int}, type TEXT, data TEXT)
  ), held AS MATERIALIZED (
    SELECT r.seq, g.now_ms FROM given g CROSS JOIN LATERAL (
      SELECT t.seq FROM run t WHERE t.id = g.run_id AND t.epoch = g.epoch AND t.status = 'running' {take}
    ) r
  ), passed AS (
    UPDATE run r SET events = r.events + 1, updated_ms = h.now_ms FROM held h
    WHERE r.seq = h.seq AND (SELECT max(version) FROM migration) <= ?2
    RETURNING r.id, r.events
  ), kept AS (
    INSERT INTO run_step (${COLUMNS}) SELECT ${COLUMNS} FROM given g JOIN passed p ON p.id = g.run_id
    ON CONFLICT (run_id, key) DO UPDATE SET status = excluded.status, attempt = excluded.attempt,
      wake_ms = excluded.wake_ms, about = excluded.about, output = excluded.output, error = excluded.error,
      ended_ms = excluded.ended_ms
  ), told AS (
    INSERT INTO event (at_ms, workspace_id, subject, type, data)
    SELECT g.now_ms, g.workspace_id, g.run_id, g.type, '{"n":' || p.events || g.data
    FROM given g JOIN passed p ON p.id = g.run_id
  )
  SELECT id FROM passed`;

export class StepRecords {
  readonly #sql: Sql;
  #waiting: Waiting[] = [];
  readonly #busy = new Set<string>();
  #inFlight = 0;
  #isGathering = false;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** False when nothing was kept: the run is somebody else's, or somebody has it locked. The fence tells which. */
  keep(record: StepRecord): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    this.#waiting.push({ record, resolve, reject });
    this.#gather();
    return promise;
  }

  /** Whoever writes in the same turn of the loop shares a statement. */
  #gather(): void {
    if (this.#isGathering || this.#inFlight >= RECORDS_IN_FLIGHT) return;
    this.#isGathering = true;
    setImmediate(() => {
      this.#isGathering = false;
      while (this.#inFlight < RECORDS_IN_FLIGHT) {
        const batch = this.#take();
        if (batch.length === 0) return;
        void this.#send(batch);
      }
    });
  }

  /**
   * The first ones, at most one of each run, and none of a run that is under way. A statement takes its share of all,
   * or one would carry almost everything while the other carries next to nothing.
   */
  #take(): Waiting[] {
    const share = Math.ceil((this.#waiting.length + this.#busy.size) / RECORDS_IN_FLIGHT);
    const most = Math.min(RECORDS_AT_ONCE, share);
    const taken: Waiting[] = [];
    this.#waiting = this.#waiting.filter((waiting) => {
      const { run_id } = waiting.record.step;
      if (taken.length >= most || this.#busy.has(run_id)) return true;
      this.#busy.add(run_id);
      taken.push(waiting);
      return false;
    });
    return taken;
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    this.#inFlight++;
    try {
      const given = JSON.stringify(batch.map(({ record }) => rowOf(record)));
      const kept = new Set((await this.#sql.writeOne(KEEP, [given, SCHEMA_LATEST])).map(({ id }) => id));
      for (const { record, resolve } of batch) resolve(kept.has(record.step.run_id));
    } catch (cause) {
      // One that the database refuses is not to take the others with it: each is asked for by itself.
      const isRefused = toAppError(cause).code === "internal";
      for (const { resolve, reject } of batch) isRefused ? resolve(false) : reject(cause);
    } finally {
      this.#inFlight--;
      for (const { record } of batch) this.#busy.delete(record.step.run_id);
      if (this.#waiting.length > 0) this.#gather();
    }
  }
}

function rowOf({ epoch, workspaceId, nowMs, step, type, data }: StepRecord) {
  const rest = JSON.stringify(data).slice(1);
  return { ...step, epoch, workspace_id: workspaceId, now_ms: nowMs, type, data: rest === "}" ? rest : `,${rest}` };
}

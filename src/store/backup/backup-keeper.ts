// Makes backups by itself while a process lives. Several processes share a database: the fact "backup" says
// what is backed up already and who is at it, and is only ever replaced by one who has read its last value,
// so that of all processes that see a backup due, one makes it.
import { z } from "zod";
import { type Clock, every } from "../../base/clock.ts";
import { toAppError } from "../../base/errors.ts";
import { parseJson } from "../../base/json.ts";
import { BACKUP_LOOK_MS, BACKUP_MS_MAX, RETENTION_EVERY_MS } from "../../base/limits.ts";
import type { Log } from "../../observe/log.ts";
import { readFact, replaceFact } from "../facts.ts";
import { forget, type RetentionRules } from "../retention.ts";
import type { Sql } from "../sql.ts";
import type { BackupReason } from "./backup-manifest.ts";
import type { Backups } from "./backups.ts";

interface KeeperParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly log: Log;
  /** Undefined for PostgreSQL: then only what may be forgotten is looked after. */
  readonly backups: Backups | undefined;
  /** Time between two backups while something changes. */
  readonly everyMs: number;
  /** Changes after which one is made earlier. */
  readonly changes: number;
  readonly rules: RetentionRules;
}

/** However often somebody wants a backup, it takes longer than this to make one. */
const LOOK_MS_MIN = 1_000;

const BACKUP_FACT = "backup";
const FORGET_FACT = "forgotten";

/** How far the backups reach. A change is an event: every change of a user's work writes one. */
const Progress = z.object({
  event_seq: z.number().int(),
  at_ms: z.number().int(),
  /** Until then somebody is making one, or it is no use to try again. */
  not_before_ms: z.number().int(),
});
type Progress = z.infer<typeof Progress>;

const NOTHING_YET: Progress = { event_seq: 0, at_ms: 0, not_before_ms: 0 };

export class BackupKeeper {
  readonly #parts: KeeperParts;
  readonly #closing = new AbortController();
  #stopTimer: (() => void) | undefined;
  #looking: Promise<void> | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** Looks at intervals from now on; this keeps no process alive. */
  start(): void {
    const pauseMs = Math.max(LOOK_MS_MIN, Math.min(BACKUP_LOOK_MS, this.#parts.everyMs));
    this.#stopTimer ??= every(pauseMs, () => {
      void this.look(); // It remembers itself, so that `close` can wait for it.
    });
  }

  /** Does what is due. Resolves when it is done; never rejects: there is nobody to tell but the log. */
  look(): Promise<void> {
    if (this.#closing.signal.aborted) return Promise.resolve();
    this.#looking ??= this.#lookOnce().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Ends a backup that is being made: the next process makes it. */
  async close(): Promise<void> {
    this.#stopTimer?.();
    this.#closing.abort();
    await this.#looking;
  }

  async #lookOnce(): Promise<void> {
    await this.#backUp().catch((cause: unknown) => this.#complain("backup failed", cause));
    await this.#forget().catch((cause: unknown) => this.#complain("retention failed", cause));
  }

  async #backUp(): Promise<void> {
    const { sql, clock, backups, log } = this.#parts;
    if (!backups || backups.kept === 0) return;
    const text = await readFact(sql, BACKUP_FACT);
    const known = readProgress(text);
    const seq = await lastEvent(sql);
    const reason = this.#reason(known, seq);
    if (!reason) return;

    const claimed = { ...known, not_before_ms: clock.now() + BACKUP_MS_MAX };
    if (!(await this.#replace(text, claimed))) return;
    try {
      const { backup, is_new, deleted } = await backups.make(reason, this.#closing.signal);
      await this.#replace(JSON.stringify(claimed), { event_seq: seq, at_ms: clock.now(), not_before_ms: 0 });
      if (is_new) log.info("backup made", { id: backup.id, reason, new_bytes: backup.new_bytes, deleted });
    } catch (cause) {
      const isClosing = this.#closing.signal.aborted;
      const notBeforeMs = isClosing ? 0 : clock.now() + this.#parts.everyMs;
      await this.#replace(JSON.stringify(claimed), { ...known, not_before_ms: notBeforeMs });
      if (!isClosing) throw cause;
    }
  }

  #reason(known: Progress, seq: number): BackupReason | undefined {
    const { clock, changes, everyMs } = this.#parts;
    const now = clock.now();
    if (seq <= known.event_seq || now < known.not_before_ms) return undefined;
    if (now - known.at_ms >= everyMs) return "timer";
    return changes > 0 && seq - known.event_seq >= changes ? "changes" : undefined;
  }

  #replace(text: string | undefined, next: Progress): Promise<boolean> {
    return this.#parts.sql.write(() => replaceFact(BACKUP_FACT, text, JSON.stringify(next)));
  }

  async #forget(): Promise<void> {
    const { sql, clock, rules, log } = this.#parts;
    const text = await readFact(sql, FORGET_FACT);
    const now = clock.now();
    if (now - Number(text ?? 0) < RETENTION_EVERY_MS) return;
    if (!(await sql.write(() => replaceFact(FORGET_FACT, text, String(now))))) return;
    const forgotten = await forget(sql, clock, rules, this.#closing.signal);
    if (Object.values(forgotten).some((number) => number > 0)) log.info("forgotten what was old", { ...forgotten });
  }

  #complain(event: string, cause: unknown): void {
    if (this.#closing.signal.aborted) return;
    const { code, message, hint, cause: reason } = toAppError(cause);
    this.#parts.log.warn(event, { code, message, hint, ...(code === "internal" ? { cause: reason } : {}) });
  }
}

/** A text that nobody understands counts as none: the worst is a backup too many. */
function readProgress(text: string | undefined): Progress {
  if (text === undefined) return NOTHING_YET;
  try {
    return Progress.parse(parseJson(text, "the state of the backups"));
  } catch {
    return NOTHING_YET;
  }
}

async function lastEvent(sql: Sql): Promise<number> {
  const [row] = await sql.all<{ seq: number | null }>("SELECT max(seq) AS seq FROM event");
  return Number(row?.seq ?? 0);
}

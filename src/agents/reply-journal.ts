// Answers as they come, on disk: one write for all that was said by all models within a moment.
import type { Clock } from "../base/clock.ts";
import { PIECE_CHARS, PIECE_MS } from "../base/limits.ts";
import { insertPieces, type ReplyPiece } from "../store/replies.ts";
import type { Sql } from "../store/sql.ts";

type Kind = ReplyPiece["kind"];

export class ReplyJournal {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #open = new Map<string, { n: number; kind: Kind; text: string }>();
  readonly #full: ReplyPiece[] = [];
  /** Pieces of each answer so far. */
  readonly #count = new Map<string, number>();
  #stopTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
  }

  add(reply: string, kind: Kind, text: string): void {
    let open = this.#open.get(reply);
    if (open && open.kind !== kind) this.#close(reply);
    open = this.#open.get(reply);
    if (open) open.text += text;
    else {
      open = { n: this.#next(reply), kind, text };
      this.#open.set(reply, open);
    }
    if (open.text.length >= PIECE_CHARS) this.#close(reply);
    if (!this.#stopTimer && !this.#writing) this.#stopTimer = this.#clock.after(PIECE_MS, () => this.#flushSoon());
  }

  #next(reply: string): number {
    const n = (this.#count.get(reply) ?? 0) + 1;
    this.#count.set(reply, n);
    return n;
  }

  #close(reply: string): void {
    const open = this.#open.get(reply);
    if (!open) return;
    this.#open.delete(reply);
    this.#full.push({ reply_id: reply, ...open, at_ms: this.#clock.now() });
  }

  /** What was said is in the text of the answer from now on. */
  forget(reply: string): void {
    this.#open.delete(reply);
    this.#count.delete(reply);
  }

  #flushSoon(): void {
    this.#stopTimer = undefined;
    this.#writing = this.flush()
      // The answer itself is what counts; that it cannot be written is told when it ends.
      .catch(() => {})
      .finally(() => {
        this.#writing = undefined;
        if (this.#open.size > 0 || this.#full.length > 0)
          this.#stopTimer = this.#clock.after(PIECE_MS, () => this.#flushSoon());
      });
  }

  async flush(): Promise<void> {
    for (const reply of [...this.#open.keys()]) this.#close(reply);
    const pieces = this.#full.splice(0);
    if (pieces.length > 0) await this.#sql.write(() => insertPieces(pieces));
  }

  async close(): Promise<void> {
    this.#stopTimer?.();
    await this.#writing;
    await this.flush().catch(() => {});
  }
}

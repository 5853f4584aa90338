import { readOpenReplies, readPieces } from "../store/replies.ts";
import type { Sql } from "../store/sql.ts";
import type { LivePiece } from "./live-replies.ts";

/** Answers that another process hears: what it has written of them is told here, too. */
export class OtherReplies {
  readonly #sql: Sql;
  readonly #own: { isOwn(reply: string): boolean };
  readonly #root: string;
  readonly #tell: (piece: Omit<LivePiece, "root">) => void;
  readonly #told = new Map<string, number>();
  #isLooking = false;

  constructor(
    sql: Sql,
    own: { isOwn(reply: string): boolean },
    root: string,
    tell: (piece: Omit<LivePiece, "root">) => void,
  ) {
    this.#sql = sql;
    this.#own = own;
    this.#root = root;
    this.#tell = tell;
  }

  /** One look after the other; one that fails is made good by the next. */
  async look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    try {
      await this.#look();
    } catch {
      // The database is away: what is written meanwhile is told later.
    } finally {
      this.#isLooking = false;
    }
  }

  async #look(): Promise<void> {
    const open = (await readOpenReplies(this.#sql, this.#root)).filter(({ id }) => !this.#own.isOwn(id));
    for (const { id, run_id: run, agent } of open) {
      for (const { n, kind, text } of await readPieces(this.#sql, id, this.#told.get(id) ?? 0)) {
        this.#told.set(id, n);
        this.#tell({ reply: id, run, agent, kind, text });
      }
    }
  }
}

// Finds tasks, sessions and artifacts by their words, best first: what has all words in its title stands before what
// has them elsewhere. Invariant: whatever was acknowledged before a search is in its answer, or the answer says that
// the index is behind.
import type { Clock } from "../base/clock.ts";
import { ERROR_CODES, type ErrorCode, toAppError } from "../base/errors.ts";
import { LOOK_MS, SEARCH_WAIT_MS_MAX } from "../base/limits.ts";
import { SEARCH_ENGINES } from "./search-engine.ts";
import type { SearchScope } from "./search-entry.ts";
import { SearchFollower, type Step } from "./search-follower.ts";
import { parseSearch, type SearchTerm } from "./search-words.ts";
import type { Sql } from "./sql.ts";

export interface Search extends SearchScope {
  /** Words, of which all must be there, each perhaps only begun; what stands between quotes stands there so. */
  readonly text: string;
  readonly limit: number;
}

export interface SearchHit {
  readonly subject: string;
}

export interface SearchAnswer {
  readonly hits: readonly SearchHit[];
  /** The newest changes are not in it yet: the index is being made, or the database takes no writes. */
  readonly isBehind: boolean;
}

export class SearchIndex {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #follower: SearchFollower;
  #running: Promise<Step> | undefined;

  constructor(sql: Sql, clock: Clock) {
    this.#sql = sql;
    this.#clock = clock;
    this.#follower = new SearchFollower(sql);
  }

  async find({ kind, workspace_id, text, limit }: Search): Promise<SearchAnswer> {
    const terms = parseSearch(text);
    if (terms.length === 0) return { hits: [], isBehind: false };
    const isBehind = !(await this.#keepUp());
    return { hits: await this.#ranked({ kind, workspace_id }, terms, limit), isBehind };
  }

  /** Reads everything that is in the log into the index, chunk by chunk: for a process that lives long. */
  async catchUp(signal?: AbortSignal): Promise<void> {
    await this.close();
    while (!signal?.aborted && (await this.#step()) === "more");
  }

  /** Resolves when nothing of it is at work any more: then the database can be closed. */
  async close(): Promise<void> {
    await this.#running?.catch(() => {});
  }

  /** False when it took too long, or when nothing can be written now: then what is there is what can be found. */
  async #keepUp(): Promise<boolean> {
    const ending = new AbortController();
    const isLate = this.#clock.sleep(SEARCH_WAIT_MS_MAX, ending.signal).then(() => "late" as const);
    try {
      // One that is at work has perhaps not seen what was written just before this search.
      await Promise.race([this.close(), isLate]);
      for (;;) {
        const step = await Promise.race([this.#step(), isLate]);
        if (step === "current" || step === "late") return step === "current";
        if (step === "blocked") await Promise.race([this.#clock.sleep(LOOK_MS, ending.signal), isLate]);
      }
    } catch (error) {
      if (!mayPass(toAppError(error).code)) throw error;
      return false;
    } finally {
      ending.abort();
    }
  }

  /** Searches of one moment share one step. */
  #step(): Promise<Step> {
    this.#running ??= this.#follower.step().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #ranked(scope: SearchScope, terms: readonly SearchTerm[], limit: number): Promise<SearchHit[]> {
    const subjects = new Set<string>();
    for (const where of ["title", "anywhere"] as const) {
      if (subjects.size >= limit) break;
      const { text, values } = SEARCH_ENGINES[this.#sql.dialect].ranked(scope, terms, where, limit);
      for (const { subject } of await this.#sql.all<{ subject: string }>(text, values)) subjects.add(subject);
    }
    return Array.from(subjects, (subject) => ({ subject })).slice(0, limit);
  }
}

/** Nothing is wrong with what is there: a lock, a full disk, a newer cadre on the same file, a connection that broke. */
function mayPass(code: ErrorCode): boolean {
  return ERROR_CODES[code].retry || code === "outdated" || code === "uncertain";
}

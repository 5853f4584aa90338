// Keeps the search index in step with the log, so that no write pays for a search that may never come. Invariants: an
// entry says what its row said after every event up to the one that the fact names; fact and entries move together, and
// only from what the mover has read, so that of several processes one moves and the others read again.
import { SEARCH_CHUNK_ROWS } from "../base/limits.ts";
import { EventReader, type EventRow, newestSeq } from "./events.ts";
import { readFact, replaceFact } from "./facts.ts";
import { SEARCH_ENGINES } from "./search-engine.ts";
import { type SearchEntry, toEntry } from "./search-entry.ts";
import { readSources, SEARCH_KINDS, type SearchKind, searchKind } from "./search-source.ts";
import { type Part, run, type Sql } from "./sql.ts";

/** Rows that are read one after the other, whatever the log says of them. */
interface Sweep {
  readonly kind: SearchKind;
  /** The `seq` of the last row that was read. */
  readonly after: number;
  /** Only rows of this workspace, or this task; without either all. */
  readonly workspace_id?: string;
  readonly task_id?: string;
}

interface Progress {
  /** The last event whose subject was read. */
  readonly seq: number;
  /** To be done before the next event. */
  readonly sweep?: Sweep;
}

/** `current`: nothing was left to do; `blocked`: there is more, but what stands before it may still come. */
export type Step = "current" | "more" | "blocked";

const FACT = "search_progress";
const EVERYTHING: Sweep = { kind: SEARCH_KINDS[0], after: 0 };
const SWEPT: Record<SearchKind, { readonly all: string; readonly workspace: string }> = {
  session: {
    all: "SELECT seq, id FROM session WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    workspace: "SELECT seq, id FROM session WHERE workspace_id = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2",
  },
  task: {
    all: "SELECT seq, id FROM task WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    workspace: `SELECT seq, id FROM task
      WHERE workspace_id = ?3 AND archived_ms IS NULL AND seq > ?1 ORDER BY seq LIMIT ?2`,
  },
  artifact: {
    all: "SELECT seq, id FROM artifact WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    workspace: "SELECT seq, id FROM artifact WHERE workspace_id = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2",
  },
};
const SWEPT_OF_TASK = "SELECT seq, id FROM artifact WHERE task_id = ?3 AND seq > ?1 ORDER BY seq LIMIT ?2";

export class SearchFollower {
  readonly #sql: Sql;
  /** Kept while it waits before a gap: a new one would begin to wait again. */
  #reader: EventReader | undefined;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  /** Reads the next chunk into the index. */
  async step(): Promise<Step> {
    const text = await readFact(this.#sql, FACT);
    const { seq, sweep }: Progress = text === undefined ? { seq: 0 } : JSON.parse(text);
    return sweep ? this.#sweep(text, seq, sweep) : this.#follow(text, seq);
  }

  async #follow(text: string | undefined, seq: number): Promise<Step> {
    const events = await this.#readerAfter(seq).next(SEARCH_CHUNK_ROWS);
    const [first] = events;
    if (!first) return (await newestSeq(this.#sql)) > seq ? "blocked" : "current";
    if (first.seq !== seq + 1 && (await this.#isCut(seq))) {
      // What happened up to the last of these is in the tables, and what happens after it will be in the log.
      return this.#read(text, { seq: events.at(-1)?.seq ?? first.seq, sweep: EVERYTHING }, []);
    }
    const told = upToSweep(events);
    const last = told.at(-1) ?? first;
    const sweep = sweepAfter(last);
    return this.#read(text, { seq: last.seq, ...(sweep ? { sweep } : {}) }, await this.#subjectsOf(told));
  }

  #readerAfter(seq: number): EventReader {
    if (this.#reader?.after !== seq) this.#reader = new EventReader(this.#sql, seq);
    return this.#reader;
  }

  /** Whether events that were never read have been deleted. */
  async #isCut(seq: number): Promise<boolean> {
    const [row] = await this.#sql.all<{ seq: number | null }>("SELECT min(seq) AS seq FROM event");
    return (row?.seq ?? 0) > seq + 1;
  }

  async #sweep(text: string | undefined, seq: number, sweep: Sweep): Promise<Step> {
    const { kind, after, workspace_id, task_id } = sweep;
    const { all, workspace } = SWEPT[kind];
    const scope = task_id ?? workspace_id;
    const rows = await this.#sql.all<{ seq: number; id: string }>(
      scope === undefined ? all : task_id === undefined ? workspace : SWEPT_OF_TASK,
      scope === undefined ? [after, SEARCH_CHUNK_ROWS] : [after, SEARCH_CHUNK_ROWS, scope],
    );
    const next = nextSweep(sweep, rows.length < SEARCH_CHUNK_ROWS ? undefined : rows.at(-1)?.seq);
    return this.#read(
      text,
      { seq, ...(next ? { sweep: next } : {}) },
      rows.map(({ id }) => id),
    );
  }

  /** What the events tell of; of a new version also the one before it, which is found no longer. */
  async #subjectsOf(events: readonly EventRow[]): Promise<string[]> {
    const subjects = new Set(events.map(({ subject }) => subject).filter((subject) => searchKind(subject)));
    const artifacts = [...subjects].filter((subject) => searchKind(subject) === "artifact");
    if (artifacts.length === 0) return [...subjects];
    const before = await this.#sql.all<{ id: string }>(BEFORE, [JSON.stringify(artifacts)]);
    return [...subjects.union(new Set(before.map(({ id }) => id)))];
  }

  /** Reads these subjects, and moves the index to what they say. */
  async #read(text: string | undefined, progress: Progress, subjects: readonly string[]): Promise<Step> {
    const sql = this.#sql;
    const entries = (await readSources(sql, subjects)).map(toEntry);
    const known = await sql.all<{ subject: string; digest: string }>(
      "SELECT subject, digest FROM search_entry WHERE subject IN ({each 1})",
      [JSON.stringify(subjects)],
    );
    const digests = new Map(known.map(({ subject, digest }) => [subject, digest]));
    const found = new Set(entries.map(({ subject }) => subject));
    const changed = entries.filter(({ subject, digest }) => digests.get(subject) !== digest);
    const gone = subjects.filter((subject) => !found.has(subject));
    await sql.write(function* () {
      if (!(yield* replaceFact(FACT, text, JSON.stringify(progress)))) return;
      yield* removeEntries([...gone, ...changed.map(({ subject }) => subject)], gone);
      const { insert } = SEARCH_ENGINES[sql.dialect];
      for (const entry of yield* livingOf(sql, changed)) yield* insert(entry);
    });
    return "more";
  }
}

const BEFORE = `SELECT o.id
  FROM artifact a
  JOIN artifact o ON o.task_id = a.task_id AND o.name = a.name AND o.version < a.version
  JOIN search_entry e ON e.subject = o.id
  WHERE a.id IN ({each 1})`;

/** With a deleted task go its artifacts: they have no event of their own. */
function* removeEntries(subjects: readonly string[], goneTasks: readonly string[]): Part<void> {
  if (subjects.length > 0)
    yield* run("DELETE FROM search_entry WHERE subject IN ({each 1})", [JSON.stringify(subjects)]);
  if (goneTasks.length > 0)
    yield* run("DELETE FROM search_entry WHERE task_id IN ({each 1})", [JSON.stringify(goneTasks)]);
}

/** Those whose workspace and task are still there, and stay until the change is done. */
function* livingOf(sql: Sql, entries: readonly SearchEntry[]): Part<SearchEntry[]> {
  if (entries.length === 0) return [];
  // The weakest lock: it stops only who deletes the row. The workspace first, as when it is forgotten.
  const stay = sql.dialect === "postgres" ? "FOR KEY SHARE" : "";
  const living = new Set<string | null>([null]);
  for (const [table, ids] of [
    ["workspace", entries.map(({ workspace_id }) => workspace_id)],
    ["task", entries.flatMap(({ task_id }) => task_id ?? [])],
  ] as const) {
    const rows = yield* run<{ id: string }>(`SELECT id FROM ${table} WHERE id IN ({each 1}) ORDER BY id ${stay}`, [
      JSON.stringify([...new Set(ids)]),
    ]);
    for (const { id } of rows) living.add(id);
  }
  return entries.filter(({ workspace_id, task_id }) => living.has(workspace_id) && living.has(task_id));
}

/** A chunk ends with an event that tells of more rows than its subject. */
function upToSweep(events: readonly EventRow[]): readonly EventRow[] {
  const at = events.findIndex((event) => sweepAfter(event));
  return at < 0 ? events : events.slice(0, at + 1);
}

function sweepAfter({ type, subject }: EventRow): Sweep | undefined {
  // A file that is imported need not tell of every row that is in it.
  if (type === "workspace.imported") return { ...EVERYTHING, workspace_id: subject };
  // A task comes back with its artifacts.
  if (type === "task.restored") return { kind: "artifact", after: 0, task_id: subject };
  return undefined;
}

function nextSweep(sweep: Sweep, after: number | undefined): Sweep | undefined {
  if (after !== undefined) return { ...sweep, after };
  const kind = SEARCH_KINDS[SEARCH_KINDS.indexOf(sweep.kind) + 1];
  return kind && { ...sweep, kind, after: 0 };
}

// Brings an exported workspace into a database, all of it or nothing. Invariant: a row that is there already
// is left alone when it is the same and refused when it is not; nothing is ever written over.
import { AppError } from "../../base/errors.ts";
import { stableJson } from "../../base/json.ts";
import { PROBLEMS_MAX } from "../../base/limits.ts";
import { insertArtifact, keepContent } from "../../store/artifacts.ts";
import { linkCommit } from "../../store/commits.ts";
import { insertDecision } from "../../store/decisions.ts";
import { openDraft } from "../../store/drafts.ts";
import { appendEvent } from "../../store/events.ts";
import { insertSession, sessionForChange } from "../../store/sessions.ts";
import type { Part, Sql } from "../../store/sql.ts";
import { insertNeeds, insertTask, lockGraph, taskForChange } from "../../store/tasks.ts";
import {
  decisionText,
  eventText,
  insertWholeDraft,
  knownArtifact,
  knownCommit,
  knownDecisions,
  knownDraft,
  knownNeed,
  likeWorkspace,
  loggedEvents,
  pieceTexts,
  setParent,
  waitingEdges,
} from "../../store/workspace-rows.ts";
import { ensureWorkspace, type WorkspaceRow } from "../../store/workspaces.ts";
import { findCircular } from "../circular.ts";
import { count, type DraftEntry, type Entry, workspaceEntries } from "./workspace-entries.ts";
import { type ArtifactLine, type Counts, type NeedLine, noCounts, type TaskLine } from "./workspace-line.ts";

export interface Imported extends Counts {
  readonly workspace: string;
  readonly path: string;
  /** Rows that were there already. */
  readonly skipped: number;
}

/** `lines` gives the file from its beginning each time: once to check all of it, then to write it. */
export async function importWorkspace(
  sql: Sql,
  lines: () => Iterable<string>,
  now: number,
  /** What has to be written with it, or not at all. */
  also?: () => Part<void>,
): Promise<Imported> {
  for (const _entry of workspaceEntries(lines()));
  // A change that is run again after a conflict begins with the first line again.
  return sql.write(function* () {
    const imported = yield* new WorkspaceReader(now).take(workspaceEntries(lines()));
    if (also) yield* also();
    return imported;
  });
}

class WorkspaceReader {
  readonly #now: number;
  readonly #all = noCounts();
  readonly #taken = noCounts();
  readonly #clashes: string[] = [];
  /** Tasks whose plan stands behind them in the file. */
  readonly #parents: { readonly id: string; readonly parent: string }[] = [];
  readonly #tasks = new Set<string>();
  #workspace: WorkspaceRow | undefined;
  #decisions: Set<string> | undefined;
  #events: Set<string> | undefined;

  constructor(now: number) {
    this.#now = now;
  }

  *take(entries: Iterable<Entry>): Part<Imported> {
    for (const entry of entries) {
      count(this.#all, entry);
      if (entry.kind === "workspace") this.#workspace = yield* takeWorkspace(entry);
      else if (yield* this.#takeRow(entry, this.#workspaceId)) count(this.#taken, entry);
    }
    for (const { id, parent } of this.#parents) yield* setParent(id, parent);
    if (this.#clashes.length > 0) throw clash(this.#clashes);
    yield* this.#refuseCircle();
    const rows = sum(this.#all);
    const taken = sum(this.#taken);
    if (taken > 0) yield* this.#tell();
    const { id, path } = this.#place;
    return { workspace: id, path, ...this.#taken, skipped: rows - taken };
  }

  get #place(): WorkspaceRow {
    if (!this.#workspace) throw new Error("the workspace stands first");
    return this.#workspace;
  }

  get #workspaceId(): string {
    return this.#place.id;
  }

  /** True when the row was not there. */
  *#takeRow(entry: Exclude<Entry, { kind: "workspace" }>, workspace_id: string): Part<boolean> {
    switch (entry.kind) {
      case "session": {
        const { kind: _kind, ...line } = entry;
        const row = { ...line, workspace_id };
        if (!this.#isNew(row.id, yield* sessionForChange(row.id), row)) return false;
        yield* insertSession(row);
        return true;
      }
      case "task":
        return yield* this.#takeTask(entry, workspace_id);
      case "need":
        return yield* this.#takeNeed(entry);
      case "draft":
        return yield* this.#takeDraft(entry);
      case "content": {
        const { kind: _kind, ...content } = entry;
        return yield* keepContent(content, content.created_ms);
      }
      case "artifact":
        return yield* this.#takeArtifact(entry, workspace_id);
      case "decision": {
        const { kind: _kind, ...decision } = entry;
        this.#decisions ??= yield* seenIn((see) => knownDecisions(workspace_id, see));
        if (this.#decisions.has(decisionText(decision))) return false;
        yield* insertDecision({ ...decision, workspace_id });
        return true;
      }
      case "commit": {
        const { kind: _kind, ...line } = entry;
        const row = { ...line, workspace_id };
        if (!this.#isNew(row.hash, yield* knownCommit(row.task_id, row.hash), row)) return false;
        yield* linkCommit(row);
        return true;
      }
      case "event": {
        const { kind: _kind, ...event } = entry;
        this.#events ??= yield* seenIn((see) => loggedEvents(workspace_id, see));
        if (this.#events.has(eventText(event, JSON.stringify(event.data)))) return false;
        yield* appendEvent({ ...event, workspace_id });
        return true;
      }
    }
  }

  *#takeTask({ kind: _kind, ...line }: TaskLine, workspace_id: string): Part<boolean> {
    const row = { ...line, workspace_id };
    this.#tasks.add(row.id);
    if (!this.#isNew(row.id, yield* taskForChange(row.id), row)) return false;
    const isLater = row.parent_id !== null && !this.#tasks.has(row.parent_id);
    if (isLater && row.parent_id !== null) this.#parents.push({ id: row.id, parent: row.parent_id });
    yield* insertTask(isLater ? { ...row, parent_id: null } : row);
    return true;
  }

  *#takeNeed({ task_id, needs_id, need_kind: kind, waived }: NeedLine): Part<boolean> {
    const row = { task_id, needs_id, kind, waived };
    if (!this.#isNew(`that ${task_id} needs ${needs_id}`, yield* knownNeed(row), row)) return false;
    yield* insertNeeds([row]);
    return true;
  }

  *#takeDraft({ kind: _kind, pieces, ...row }: DraftEntry): Part<boolean> {
    const known = yield* knownDraft(row.id);
    if (known) {
      const isSame = stableJson([known, yield* pieceTexts(row.id)]) === stableJson([row, pieces]);
      if (!isSame) this.#clashes.push(row.id);
      return false;
    }
    // A task is written by one: two open drafts of it could not both go on.
    if (row.status === "open" && (yield* openDraft(row.task_id))) {
      this.#clashes.push(row.id);
      return false;
    }
    yield* insertWholeDraft(row, pieces);
    return true;
  }

  *#takeArtifact({ kind: _kind, ...line }: ArtifactLine, workspace_id: string): Part<boolean> {
    const row = { ...line, workspace_id };
    if (!this.#isNew(row.id, yield* knownArtifact(row), row)) return false;
    yield* insertArtifact(row);
    return true;
  }

  /** False for a row that is there: what is not the same is remembered, so that all of them can be named. */
  #isNew(name: string, known: object | undefined, row: object): boolean {
    if (!known) return true;
    const { seq: _seq, ...rest } = known as Record<string, unknown>;
    if (stableJson(rest) !== stableJson(row)) this.#clashes.push(name);
    return false;
  }

  /** The file has no circle of its own, but together with what is here it may. */
  *#refuseCircle(): Part<void> {
    const circular = findCircular(yield* waitingEdges(this.#workspaceId));
    if (circular === undefined) return;
    throw new AppError("invalid_input", `cannot import: ${circular} would wait for itself`, {
      hint: "Take one of the needs out of that circle, in the file or here.",
    });
  }

  *#tell(): Part<void> {
    const { id } = this.#place;
    const data = Object.fromEntries(Object.entries(this.#taken).filter(([, number]) => number > 0));
    yield* appendEvent({ at_ms: this.#now, workspace_id: id, subject: id, type: "workspace.imported", data });
  }
}

function* takeWorkspace({ id, path, created_ms }: WorkspaceRow): Part<WorkspaceRow> {
  const workspace = { id, path, created_ms };
  for (const known of yield* likeWorkspace(workspace)) {
    if (known.id === id && known.path === path) continue;
    const isSame = known.id === id;
    throw new AppError(
      "conflict",
      isSame
        ? `cannot import ${path}: its workspace ${known.id} is ${known.path} here`
        : `cannot import ${path}: it has work of its own here, as ${known.id}`,
      {
        hint: isSame
          ? "Move the one that is here with cadre workspace move first."
          : "Move or forget the one that is here with cadre workspace move or forget first.",
      },
    );
  }
  yield* ensureWorkspace(path, () => workspace);
  yield* lockGraph(id);
  return workspace;
}

function* seenIn(read: (see: (text: string) => void) => Part<void>): Part<Set<string>> {
  const seen = new Set<string>();
  yield* read((text) => seen.add(text));
  return seen;
}

function sum(counts: Counts): number {
  return Object.values(counts).reduce((total, number) => total + number, 0);
}

function clash(names: readonly string[]): AppError {
  const more = names.length > PROBLEMS_MAX ? ` and ${names.length - PROBLEMS_MAX} more` : "";
  return new AppError(
    "conflict",
    `cannot import: ${names.slice(0, PROBLEMS_MAX).join(", ")}${more} differ from what is here under the same names`,
    { hint: "Look at them with cadre task show; what is here is never written over." },
  );
}

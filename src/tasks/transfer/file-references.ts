// Whether an exported workspace stands for itself. A row that could refer to one that is not in the file would, in
// a database with other work, become a part of that work.
import type { Edge } from "../../store/tasks.ts";
import { findCircular } from "../circular.ts";
import type { Entry } from "./workspace-entries.ts";
import { type ArtifactLine, badLine, type DraftLine, type NeedLine, type Numbered } from "./workspace-line.ts";

export class FileReferences {
  /** All that was named so far. */
  readonly #known = new Set<string>();
  readonly #sizes = new Map<string, number>();
  readonly #parents: Numbered<Edge>[] = [];
  readonly #needs: Numbered<Edge>[] = [];
  #last: Entry["kind"] = "workspace";

  add(entry: Entry, number: number): void {
    if (this.#last === "task" && entry.kind !== "task") this.#closeTasks();
    if (this.#last === "need" && entry.kind !== "need") refuseCircle(this.#needs);
    this.#last = entry.kind;
    switch (entry.kind) {
      case "session":
        return this.#name(entry.id, number);
      case "task":
        if (entry.session_id !== null) this.#require(entry.session_id, number);
        if (entry.parent_id !== null)
          this.#parents.push({ line: { task_id: entry.id, needs_id: entry.parent_id }, number });
        return this.#name(entry.id, number);
      case "need":
        return this.#addNeed(entry, number);
      case "draft":
        return this.#addDraft(entry, number);
      case "content":
        this.#sizes.set(entry.hash, entry.size_bytes);
        return this.#name(entry.hash, number);
      case "artifact":
        return this.#addArtifact(entry, number);
      case "decision":
        return this.#require(entry.task_id, number);
      case "commit":
        this.#require(entry.task_id, number);
        return this.#name(`the commit ${entry.hash} of ${entry.task_id}`, number);
    }
  }

  /** To be called when nothing comes any more. */
  close(): void {
    if (this.#last === "task") this.#closeTasks();
    if (this.#last === "need") refuseCircle(this.#needs);
  }

  #closeTasks(): void {
    for (const { line, number } of this.#parents) this.#require(line.needs_id, number);
    refuseCircle(this.#parents);
  }

  #addNeed({ task_id, needs_id, need_kind }: NeedLine, number: number): void {
    this.#require(task_id, number);
    this.#require(needs_id, number);
    this.#name(`that ${task_id} needs ${needs_id}`, number);
    if (need_kind !== "related") this.#needs.push({ line: { task_id, needs_id }, number });
  }

  #addDraft({ id, task_id, status }: DraftLine, number: number): void {
    this.#require(task_id, number);
    this.#name(id, number);
    if (status === "open") this.#name(`the open draft of ${task_id}`, number);
  }

  #addArtifact({ id, task_id, name, version, hash, size_bytes }: ArtifactLine, number: number): void {
    this.#require(task_id, number);
    this.#require(hash, number);
    this.#name(id, number);
    this.#name(`version ${version} of ${name} of ${task_id}`, number);
    const size = this.#sizes.get(hash);
    if (size !== size_bytes) throw badLine(number, `what ${id} holds has ${size} bytes, not ${size_bytes}`);
  }

  #name(name: string, number: number): void {
    if (this.#known.has(name)) throw badLine(number, `${name} is there twice`);
    this.#known.add(name);
  }

  #require(name: string, number: number): void {
    if (!this.#known.has(name)) throw badLine(number, `${name} is not in the file before it`);
  }
}

function refuseCircle(edges: readonly Numbered<Edge>[]): void {
  const circular = findCircular(edges.map(({ line }) => line));
  if (circular === undefined) return;
  const found = edges.find(({ line }) => line.task_id === circular);
  throw badLine(found?.number ?? 0, `${circular} would wait for itself`);
}

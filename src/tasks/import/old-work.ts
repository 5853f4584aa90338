// Work as an earlier system kept it, in words that all of them share. Each source has a file of its own, so that
// another one is added by writing one: what it is called, where it lies, how it is read.
import type { ArtifactType, Complexity } from "../../base/kinds.ts";
import type { TaskStatus } from "../../base/transitions.ts";
import type { Runtime } from "../../runtime/runtime.ts";

export interface OldArtifact {
  readonly name: string;
  readonly type: ArtifactType;
  readonly text: string;
}

export interface OldCommit {
  readonly hash: string;
  readonly message: string;
  readonly author: string;
}

export interface OldTask {
  /** As it was called there. */
  readonly id: string;
  readonly parent?: string | undefined;
  readonly title: string;
  readonly description: string;
  readonly status: TaskStatus;
  readonly role?: string | undefined;
  /** From 1, the most urgent, to 9. */
  readonly priority?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly language?: string | undefined;
  readonly complexity?: Complexity | undefined;
  readonly effort?: string | undefined;
  readonly needs: readonly string[];
  readonly summary?: string | undefined;
  readonly note?: string | undefined;
  readonly acceptance?: readonly string[] | undefined;
  readonly artifacts: readonly OldArtifact[];
  readonly commits?: readonly OldCommit[] | undefined;
  readonly createdMs: number;
  readonly updatedMs: number;
}

export interface OldSource {
  readonly id: string;
  readonly name: string;
  /** Where its store lies when nobody says, in a project and in a home. */
  places(project: string, home: string): readonly string[];
  /** The folder beside a store in which it kept artifacts as files. */
  artifactFolder?(path: string): string;
  /** Undefined when the file is none of its stores. */
  read(path: string, runtime: Pick<Runtime, "openSqlite">): readonly OldTask[] | undefined;
}

/** Times were written as texts, with and without a zone; without one, UTC is meant. */
export function timeOf(value: unknown, otherwise: number): number {
  if (typeof value !== "string" || value === "") return otherwise;
  const text = /[zZ]|[+-]\d\d:?\d\d$/.test(value) ? value : `${value.replace(" ", "T")}Z`;
  const ms = Date.parse(text);
  return Number.isNaN(ms) || ms < 0 ? otherwise : ms;
}

/** A list in a column of text. */
export function listIn(value: unknown): string[] {
  if (typeof value !== "string") return [];
  try {
    const list: unknown = JSON.parse(value);
    return Array.isArray(list)
      ? list.filter((one) => typeof one === "string" || typeof one === "number").map(String)
      : [];
  } catch {
    return [];
  }
}

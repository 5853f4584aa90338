// Writes what was planned, one file after the other, and takes it back.
import { existsSync, readFileSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Clock } from "../base/clock.ts";
import { digest } from "../base/ids.ts";
import { EDIT_TRIES_MAX } from "../base/limits.ts";
import type { Client } from "./clients/client.ts";
import { editorFor, withoutEntries } from "./config-edit.ts";
import { type ConfigFile, readConfigFile, refuseReadOnly } from "./config-file.ts";
import { Unreadable } from "./edit/config-editor.ts";
import { takeBack } from "./edit/splice.ts";
import type { Ledger, LedgerEdit } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import { backUp, ChangedMeanwhile, makeFolders, writeConfig } from "./write-config.ts";

export interface ApplyParts {
  readonly ledger: Ledger;
  /** Where copies of the files lie. */
  readonly folder: string;
  readonly clock: Pick<Clock, "now">;
  readonly version: string;
}

export interface Applied {
  readonly plan: Plan;
  readonly outcome: "written" | "kept" | "failed";
  readonly reason?: string | undefined;
  readonly backup?: string | undefined;
}

/** Does what `plan` says; when the file has changed since, `again` plans anew. */
export function applyPlan(plan: Plan, again: () => Plan, parts: ApplyParts): Applied {
  let now = plan;
  for (let tries = 1; ; tries += 1) {
    if (now.action === "refuse") return { plan: now, outcome: "failed", reason: now.reason };
    if (!now.edit || now.edit.text === (now.file?.text ?? "")) return { plan: now, outcome: "kept" };
    try {
      return { plan: now, outcome: "written", backup: write(now, parts) };
    } catch (cause) {
      if (!(cause instanceof ChangedMeanwhile)) return { plan: now, outcome: "failed", reason: sayFailure(cause) };
      if (tries === EDIT_TRIES_MAX) {
        return { plan: now, outcome: "failed", reason: "another program keeps changing it: close that one first" };
      }
      now = again();
    }
  }
}

/** In the ledger first: a crash between the two leaves an edit that is known, and was not made. */
function write({ target, name, file, edit, action, command }: Plan, parts: ApplyParts): string | undefined {
  const { ledger, clock, version } = parts;
  if (!edit || action === "keep" || action === "refuse") return undefined;
  const path = file?.path ?? target.file;
  const backup = file && backupName(parts, target.client, path);
  if (backup) backUp(path, backup);
  const folders = makeFolders(dirname(path));
  const row: LedgerEdit = {
    time_ms: clock.now(),
    client: target.client.id,
    action,
    scope: target.scope,
    file: target.file,
    path,
    name,
    command: action === "remove" ? [] : [...command],
    sha_before: file?.sha ?? null,
    sha_after: digest(edit.text),
    backup: backup ?? null,
    removed: edit.splice.removed,
    inserted: edit.splice.inserted,
    folders,
    version,
  };
  ledger.add(row);
  try {
    writeConfig(target.file, file, edit.text);
  } catch (cause) {
    ledger.forget(row);
    if (backup) rmSync(backup, { force: true });
    removeFolders(folders);
    throw cause;
  }
  return backup;
}

function backupName({ folder, clock }: ApplyParts, client: Client, path: string): string {
  const time = new Date(clock.now()).toISOString().replaceAll(/[:.]/g, "-");
  const base = join(folder, "backups", `${time}-${client.id}-${basename(path)}`);
  let name = base;
  for (let number = 2; existsSync(name); number += 1) name = `${base}.${number}`;
  return name;
}

export interface Undone {
  readonly edit: LedgerEdit;
  readonly outcome: "restored" | "removed" | "taken out" | "unchanged" | "kept";
  readonly reason?: string;
}

/** The file as it was before the edit; where others have written since, without what the edit put in. */
export function undoEdit(edit: LedgerEdit, client: Client | undefined, ledger: Ledger): Undone {
  for (let tries = 1; ; tries += 1) {
    try {
      const undone = undo(edit, client);
      if (undone.outcome !== "kept") ledger.forget(edit);
      return undone;
    } catch (cause) {
      if (cause instanceof ChangedMeanwhile && tries < EDIT_TRIES_MAX) continue;
      return { edit, outcome: "kept", reason: sayFailure(cause) };
    }
  }
}

function undo(edit: LedgerEdit, client: Client | undefined): Undone {
  const file = readConfigFile(edit.file);
  if (!file) return { edit, outcome: "unchanged", reason: "the file is gone" };
  if (file.sha === edit.sha_before) return { edit, outcome: "unchanged" };
  refuseReadOnly(edit.file, file);
  if (file.sha === edit.sha_after) return asItWas(edit, file);
  const text = withoutIt(edit, file, client);
  if (text === undefined) {
    return {
      edit,
      outcome: "kept",
      reason: "the file was changed since, and the entry stands in it no longer as it was written",
    };
  }
  writeConfig(edit.file, file, text);
  return { edit, outcome: "taken out", reason: "the file was changed since: only the entry went" };
}

function asItWas(edit: LedgerEdit, file: ConfigFile): Undone {
  if (edit.sha_before === null) {
    rmSync(file.path);
    removeFolders(edit.folders);
    return { edit, outcome: "removed" };
  }
  const before = edit.backup !== null && existsSync(edit.backup) ? readFileSync(edit.backup) : undefined;
  if (!before || digest(before) !== edit.sha_before) {
    return { edit, outcome: "kept", reason: `the copy of it is gone: ${edit.backup}` };
  }
  writeConfig(edit.file, file, new TextDecoder("utf-8", { ignoreBOM: true }).decode(before));
  if (edit.backup !== null) rmSync(edit.backup, { force: true });
  return { edit, outcome: "restored" };
}

function withoutIt(edit: LedgerEdit, { text }: ConfigFile, client: Client | undefined): string | undefined {
  const back = takeBack(text, edit);
  if (!client) return back;
  const editor = editorFor(client.form);
  if (back !== undefined) {
    try {
      if (editor.rest(back, client.key, edit.name) === editor.rest(text, client.key, edit.name)) return back;
    } catch (cause) {
      if (!(cause instanceof Unreadable)) throw cause;
    }
  }
  if (edit.action !== "add" || !editor.entries(text, client.key).has(edit.name)) return undefined;
  const taken = withoutEntries(client.form, text, client.key, [edit.name]).text;
  return withoutOwnMaps(taken, edit, client);
}

/** The maps around the entry that came with it, when nothing else is in them. */
function withoutOwnMaps(text: string, { inserted }: LedgerEdit, { form, key }: Client): string {
  let result = text;
  for (let depth = key.length; depth > 0; depth -= 1) {
    const name = key[depth - 1] ?? "";
    const around = key.slice(0, depth - 1);
    const editor = editorFor(form);
    const isOurs = inserted.includes(JSON.stringify(name)) && editor.entries(result, around).has(name);
    if (!isOurs || editor.entries(result, key.slice(0, depth)).size > 0) return result;
    result = withoutEntries(form, result, around, [name]).text;
  }
  return result;
}

function removeFolders(folders: readonly string[]): void {
  for (const folder of folders.toReversed()) {
    try {
      rmdirSync(folder);
    } catch {
      return; // Something else lies in it by now.
    }
  }
}

function sayFailure(cause: unknown): string {
  if (cause instanceof Unreadable) return cause.message;
  const { code, message } = cause as { code?: string; message?: string };
  const known: Record<string, string> = {
    ENOSPC: "the disk is full",
    EFBIG: "the file would be larger than this process may write",
    EDQUOT: "the quota of the disk is used up",
    EACCES: "not writable (EACCES)",
    EROFS: "the disk is read-only",
  };
  return known[code ?? ""] ?? code ?? message ?? "unknown failure";
}

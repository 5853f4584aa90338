// What would be done to one file of one client, and why: nothing is written here.
import { isRecord, type Json } from "../base/json.ts";
import { entryIn, type Launch } from "./clients/client.ts";
import { editorFor, leavesToChange, withEntry, withoutEntries } from "./config-edit.ts";
import { type ConfigFile, readConfigFile, refuseReadOnly } from "./config-file.ts";
import { type Entry, Unreadable } from "./edit/config-editor.ts";
import type { Splice } from "./edit/splice.ts";
import { isOldEntry, launchFor, type Said, saidBy, startsCadre } from "./launch.ts";
import type { LedgerEdit } from "./ledger.ts";
import type { Target } from "./targets.ts";

export const STATES = ["missing", "current", "outdated", "conflict", "unreadable", "unsupported"] as const;
export type State = (typeof STATES)[number];

export interface Plan {
  readonly target: Target;
  /** Of the entry. */
  readonly name: string;
  /** How the entry stands in the file now. */
  readonly state: State;
  readonly action: "add" | "update" | "replace" | "remove" | "keep" | "refuse";
  /** Why it is refused or kept, with the place. */
  readonly reason?: string | undefined;
  /** What the entry says now. */
  readonly said?: Said | undefined;
  /** Entries of an earlier system that stand in the file. */
  readonly old: readonly string[];
  readonly file?: ConfigFile | undefined;
  readonly edit?: { readonly text: string; readonly splice: Splice } | undefined;
  /** The command line, or the address, that the entry will say. */
  readonly command: readonly string[];
}

export interface PlanOptions {
  readonly name: string;
  readonly launch: Launch;
  readonly force: boolean;
  /** Entries of earlier systems go as well. */
  readonly replaceOld: boolean;
  readonly self: readonly string[];
  readonly distribution: string | undefined;
  /** Whether the PATH leads to a cadre. */
  readonly isOnPath: boolean;
  readonly ledger: readonly LedgerEdit[];
}

type RemovalOptions = Pick<PlanOptions, "name" | "self" | "ledger">;

export function planEntry(target: Target, options: PlanOptions): Plan {
  const launch = launchFor(target, options.launch, options);
  const command = launch.kind === "stdio" ? [launch.command, ...launch.args] : [launch.url];
  const nothing = { target, name: options.name, old: [], command };
  const entry = entryIn(target.client.shape, launch, options.name);
  if (!entry) {
    const reason = "knows no servers at an address in its file";
    return { ...nothing, state: "unsupported", action: "refuse", reason };
  }
  try {
    return { ...nothing, ...planFor(target, entry, options) };
  } catch (cause) {
    if (!(cause instanceof Unreadable)) throw cause;
    return { ...nothing, state: "unreadable", action: "refuse", reason: cause.message };
  }
}

function planFor(target: Target, entry: Entry, options: PlanOptions): Omit<Plan, "target" | "name" | "command"> {
  const { form, key } = target.client;
  const { name, force, replaceOld } = options;
  const file = readConfigFile(target.file);
  const text = file?.text ?? "";
  const entries = editorFor(form).entries(text, key);
  const present = entries.get(name);
  const old = [...entries].filter(([one, value]) => one !== name && isOldEntry(one, value)).map(([one]) => one);
  const state = stateOf(target, entry, present, options);
  const said = present === undefined ? undefined : saidBy(present);
  if (state === "conflict" && !force) {
    const reason = `another server has the name ${name}: ${shortly(present)}`;
    return { state, action: "refuse", reason, old, file, said };
  }
  const going = replaceOld ? old : [];
  if (state === "current" && going.length === 0) return { state, action: "keep", old, file, said };
  refuseReadOnly(target.file, file);
  const replace = state === "conflict" || (present !== undefined && !isSameKind(entry, present));
  const edit = withEntry(form, text, { path: key, name }, entry, { replace, old: going });
  const action = present === undefined ? "add" : replace ? "replace" : "update";
  return { state, action, old, file, edit, said };
}

function stateOf(target: Target, entry: Entry, present: Json | undefined, options: PlanOptions): State {
  if (present === undefined) return "missing";
  if (!isOurs(target, entry, present, options)) return "conflict";
  return isSameKind(entry, present) && leavesToChange(entry, present).length === 0 ? "current" : "outdated";
}

/** By the ledger, by the program that it starts, or because it says the same already; never by a part of a text. */
function isOurs(target: Target, entry: Entry, present: Json, { self, ledger, name }: PlanOptions): boolean {
  const said = saidBy(present);
  if (startsCadre(said, self) || leavesToChange(entry, present).length === 0) return true;
  if (said.url !== undefined && said.url === saidBy(entry as Json).url) return true;
  return isWritten(ledger, target, name, said);
}

function isWritten(ledger: readonly LedgerEdit[], { file }: Target, name: string, said: Said): boolean {
  return ledger.some((edit) => edit.file === file && edit.name === name && isSaid(said, edit.command));
}

function isSaid({ commandLine, url }: Said, command: readonly string[]): boolean {
  if (url !== undefined) return command[0] === url;
  return command.length > 0 && command.every((word, at) => commandLine[at] === word);
}

/** Both start a program, or both name an address. */
function isSameKind(entry: Entry, present: Json): boolean {
  const isAddress = (value: Json) => saidBy(value).url !== undefined;
  return isRecord(present) && isAddress(entry as Json) === isAddress(present);
}

function shortly(value: Json | undefined): string {
  const { commandLine, url } = saidBy(value);
  return url ?? (commandLine.join(" ") || "it says neither a command nor an address");
}

/** Taking our entries away, under whatever name they stand; undefined when there are none. */
export function planRemoval(target: Target, { name, self, ledger }: RemovalOptions): Plan | undefined {
  const nothing = { target, old: [], command: [] } as const;
  const { form, key } = target.client;
  try {
    const file = readConfigFile(target.file);
    if (!file) return undefined;
    const ours = [...editorFor(form).entries(file.text, key)].filter(([one, value]) => {
      const said = saidBy(value);
      return startsCadre(said, self) || isWritten(ledger, target, one, said);
    });
    if (ours.length === 0) return undefined;
    refuseReadOnly(target.file, file);
    const names = ours.map(([one]) => one);
    const edit = withoutEntries(form, file.text, key, names);
    return {
      ...nothing,
      state: "current",
      action: "remove",
      reason: names.join(", "),
      file,
      edit,
      name: names[0] ?? name,
    };
  } catch (cause) {
    if (!(cause instanceof Unreadable)) throw cause;
    return { ...nothing, state: "unreadable", action: "refuse", reason: cause.message, name };
  }
}

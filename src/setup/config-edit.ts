// What becomes of the text of one file, and the proof that nothing else in it changed.
import { isRecord, type Json, stableJson } from "../base/json.ts";
import type { Form } from "./clients/client.ts";
import { type ConfigEditor, type Entry, type Leaf, Unreadable } from "./edit/config-editor.ts";
import { jsonEditor } from "./edit/json-editor.ts";
import { ownFileEditor } from "./edit/own-file-editor.ts";
import { applySplices, type Splice, splice } from "./edit/splice.ts";
import { tomlEditor } from "./edit/toml-editor.ts";
import { yamlEditor } from "./edit/yaml-editor.ts";

export interface Edited {
  readonly text: string;
  readonly splice: Splice;
}

export function editorFor(form: Form): ConfigEditor {
  if (form.format === "json") return jsonEditor(form);
  return { toml: tomlEditor, yaml: yamlEditor, "own-file": ownFileEditor }[form.format];
}

/** Values that say what is started or reached; everything else of an entry is its user's. */
const OWN_KEYS: ReadonlySet<string> = new Set(["command", "cmd", "args", "url", "serverUrl", "httpUrl", "uri"]);
const OWN_MAPS: ReadonlySet<string> = new Set(["env", "envs", "environment", "headers", "http_headers"]);

/** The values of an entry that are ours and stand otherwise in the file. */
export function leavesToChange(wanted: Entry, present: Json): Leaf[] {
  const old: Record<string, unknown> = isRecord(present) ? present : {};
  return Object.entries(wanted).flatMap(([key, value]): Leaf[] => {
    if (OWN_KEYS.has(key)) return isSameJson(old[key], value) ? [] : [{ keys: [key], value }];
    if (!OWN_MAPS.has(key) || !isRecord(value)) return [];
    const map = isRecord(old[key]) ? old[key] : {};
    return Object.entries(value as Record<string, Json>)
      .filter(([name, inner]) => !isSameJson(map[name], inner))
      .map(([name, inner]) => ({ keys: [key, name], value: inner }));
  });
}

/** Adds the entry, changes what is ours of it, or puts it in the place of another; `old` entries go. */
export function withEntry(
  form: Form,
  text: string,
  place: { readonly path: readonly string[]; readonly name: string },
  entry: Entry,
  { replace, old }: { readonly replace: boolean; readonly old: readonly string[] },
): Edited {
  const editor = editorFor(form);
  const { path, name } = place;
  const isThere = editor.entries(text, path).has(name);
  if (!isThere && old.length === 0) {
    const put = editor.put(text, path, name, entry);
    return proven(form, text, place, old, { text: applySplices(text, [put]), splice: put });
  }
  let result = text;
  for (const one of old) result = applySplices(result, [editor.remove(result, path, one)]);
  if (isThere && replace) result = applySplices(result, [editor.remove(result, path, name)]);
  const present = editor.entries(result, path).get(name);
  if (present === undefined) {
    result = applySplices(result, [editor.put(result, path, name, entry)]);
  } else {
    const leaves = leavesToChange(entry, present);
    if (leaves.length > 0) result = applySplices(result, [editor.change(result, path, name, leaves)]);
  }
  return proven(form, text, place, old, { text: result, splice: difference(text, result) });
}

export function withoutEntries(form: Form, text: string, path: readonly string[], names: readonly string[]): Edited {
  const editor = editorFor(form);
  let result = text;
  for (const name of names) result = applySplices(result, [editor.remove(result, path, name)]);
  const [name = ""] = names;
  return proven(form, text, { path, name }, names.slice(1), { text: result, splice: difference(text, result) });
}

/** The one stretch in which two texts differ. */
function difference(before: string, after: string): Splice {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  return splice(before, start, before.length - end, after.slice(start, after.length - end));
}

/** An edit that its client could not read, or that changed something else, is a defect of ours: then nothing is written. */
function proven(
  form: Form,
  before: string,
  { path, name }: { readonly path: readonly string[]; readonly name: string },
  old: readonly string[],
  edited: Edited,
): Edited {
  const editor = editorFor(form);
  const shown = withoutMark(form, edited);
  try {
    const isSame =
      old.length > 0
        ? hasOthers(editor, before, shown.text, path, [...old, name])
        : editor.rest(before, path, name) === editor.rest(shown.text, path, name);
    if (isSame) return shown;
  } catch (cause) {
    if (!(cause instanceof Unreadable)) throw cause;
  }
  throw new Unreadable("cannot be edited without changing something else in it");
}

/** Where entries of an earlier system went as well, the others are compared one by one. */
function hasOthers(
  editor: ConfigEditor,
  before: string,
  after: string,
  path: readonly string[],
  ours: readonly string[],
): boolean {
  const others = (text: string) => [...editor.entries(text, path)].filter(([name]) => !ours.includes(name));
  return isSameJson(others(before), others(after));
}

/** Some parsers stop at a byte order mark: for them it goes. */
function withoutMark(form: Form, edited: Edited): Edited {
  if (form.format !== "json" || form.byteOrderMark || !edited.text.startsWith("\uFEFF")) return edited;
  return { text: edited.text.slice(1), splice: edited.splice };
}

function isSameJson(a: unknown, b: unknown): boolean {
  return stableJson(a ?? null) === stableJson(b ?? null);
}

// What a user puts in by hand: the entry in the form that a client's file has, or a link that does it.
import { type Client, entryIn, type Launch } from "./clients/client.ts";
import { editorFor } from "./config-edit.ts";
import { applySplices } from "./edit/splice.ts";

/** A whole file with nothing but our entry in it. */
export function snippetOf({ form, key, shape }: Client, launch: Launch, name: string): string | undefined {
  const entry = entryIn(shape, launch, name);
  if (!entry) return undefined;
  const text = applySplices("", [editorFor(form).put("", key, name, entry)]);
  const isList = form.format === "toml" && form.isList === true;
  return isList ? text.replace(/^\[(.*)\.[^.]*\]$/m, "[[$1]]") : text;
}

/** Undefined where the client knows no such link. */
export function linkOf({ link, shape, key }: Client, launch: Launch, name: string): string | undefined {
  const entry = entryIn(shape, launch, name);
  if (!link || !entry) return undefined;
  const base64 = (value: unknown) => encodeURIComponent(Buffer.from(JSON.stringify(value)).toString("base64"));
  return link
    .replace("{{name}}", encodeURIComponent(name))
    .replace("{{json}}", encodeURIComponent(JSON.stringify(entry)))
    .replace("{{named}}", encodeURIComponent(JSON.stringify({ name, ...entry })))
    .replace("{{base64}}", base64(entry))
    .replace("{{map}}", base64({ [key[0] ?? ""]: { [name]: entry } }));
}

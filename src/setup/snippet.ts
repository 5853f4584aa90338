// What a user puts in by hand: the entry in the form that a client's file has, or a link that does it.
import type { Client, Launch } from "./clients/client.ts";
import { editorFor } from "./config-edit.ts";
import type { Entry } from "./edit/config-editor.ts";
import { applySplices } from "./edit/splice.ts";

/** A whole file with nothing but our entry in it. */
export function snippetOf(client: Client, launch: Launch, name: string): string | undefined {
  const entry = launch.kind === "stdio" ? client.shape.stdio(launch, name) : client.shape.http?.(launch, name);
  if (!entry) return undefined;
  const text = applySplices("", [editorFor(client.form).put("", client.key, name, entry)]);
  return isTomlList(client) ? text.replace(/^\[(.*)\.[^.]*\]$/m, "[[$1]]") : text;
}

/** Mistral Vibe's entries carry their names, and stand in a list. */
function isTomlList(client: Client): boolean {
  return client.id === "mistral-vibe";
}

/** Undefined where the client knows no such link. */
export function linkOf(client: Client, launch: Launch, name: string): string | undefined {
  if (!client.link) return undefined;
  const entry = launch.kind === "stdio" ? client.shape.stdio(launch, name) : client.shape.http?.(launch, name);
  if (!entry) return undefined;
  const json = JSON.stringify(entry);
  const whole = client.id === "cherry-studio" ? JSON.stringify({ mcpServers: { [name]: entry } }) : json;
  return client.link
    .replace("{{name}}", encodeURIComponent(name))
    .replace("{{json}}", encodeURIComponent(json))
    .replace("{{base64}}", encodeURIComponent(Buffer.from(whole).toString("base64")))
    .replace("{{named}}", encodeURIComponent(JSON.stringify(withName(entry, name))));
}

function withName(entry: Entry, name: string): Entry {
  return { name, ...entry };
}

import { expect } from "bun:test";
import type { ConfigEditor } from "../../src/setup/edit/config-editor.ts";
import { applySplices, takeBack } from "../../src/setup/edit/splice.ts";

export const NAME = "cadre";
export const ENTRY = { type: "stdio", command: "/opt/cadre", args: ["--x"], env: { CADRE_HOME: "/h" } } as const;
const CHANGES = [
  { keys: ["command"], value: "/new" },
  { keys: ["env", "CADRE_HOME"], value: "/n" },
  { keys: ["env", "MORE"], value: "m" },
] as const;

/** The same text with the line breaks of Windows, and with a byte order mark. */
export function variants(text: string): Record<"lf" | "crlf" | "mark", string> {
  const lf = text.replaceAll("\r\n", "\n");
  return { lf, crlf: lf.replaceAll("\n", "\r\n"), mark: `\uFEFF${lf}` };
}

/** Everything that has to hold for one text: the entry goes in, is changed, is taken out; nothing else ever differs. */
export function expectEditable(editor: ConfigEditor, path: readonly string[], text: string): void {
  const rest = editor.rest(text, path, NAME);
  const put = editor.put(text, path, NAME, { ...ENTRY, args: [...ENTRY.args] });
  const added = applySplices(text, [put]);
  const changed = applySplices(added, [editor.change(added, path, NAME, CHANGES)]);
  const removed = applySplices(added, [editor.remove(added, path, NAME)]);

  expect(editor.entries(added, path).get(NAME)).toEqual({ ...ENTRY, args: [...ENTRY.args] });
  expect(editor.entries(changed, path).get(NAME)).toEqual({
    ...ENTRY,
    args: [...ENTRY.args],
    command: "/new",
    env: { CADRE_HOME: "/n", MORE: "m" },
  });
  expect(editor.entries(removed, path).has(NAME)).toBe(false);
  for (const after of [added, changed, removed]) expect(editor.rest(after, path, NAME)).toBe(rest);
  expect(takeBack(added, put)).toBe(text);
  expect(isWithin(text, added)).toBe(true);
  const isWindows = text.includes("\r\n") && !text.replaceAll("\r\n", "").includes("\n");
  if (isWindows) expect(added.replaceAll("\r\n", "")).not.toContain("\n");
}

/** Whether every sign of a text is still there, in its order; an emptied map and what stands for nothing aside. */
function isWithin(before: string, after: string): boolean {
  const signs = before.replaceAll(/\{\s*\}|~|\s/g, "");
  let at = 0;
  for (const sign of after) {
    if (signs.startsWith(sign, at)) at += sign.length;
  }
  return at === signs.length;
}

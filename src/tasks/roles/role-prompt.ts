// A role as the text that a model gets.
import { ROLE_VALUES_CHARS_MAX } from "../../base/limits.ts";
import { clip } from "../../base/text.ts";
import type { Role } from "./role.ts";

/** What a role's texts may name in double braces; whoever makes the prompt knows the values. */
export const ROLE_VARIABLES = [
  "project",
  "workspace",
  "task",
  "title",
  "description",
  "language",
  "environment",
  "today",
] as const;

const VARIABLE = /\{\{[ \t]*([A-Za-z_][A-Za-z0-9_]*)[ \t]*\}\}/g;

/** Everybody works like this, so it stands in no role file. */
export const SAVING = `Save each section with task_append as soon as it is written (piece 1, 2, 3 …), before you begin the next: what is saved survives a lost connection. When all of it is there, finish with task_complete: a summary of a few sentences, and the saved draft as the work instead of sending it twice.`;

const SAVING_SECTION = `\n\n## Saving and finishing\n${SAVING}\n`;

/**
 * One Markdown text. Unknown variables stay as they are and are named. Values are texts of somebody else: each is
 * put in once and never looked through for variables, and all of them together have a bound.
 */
export function rolePrompt(
  role: Role,
  values: Readonly<Record<string, string>>,
): { readonly text: string; readonly unknown: string[] } {
  const plain = plainPrompt(role);
  if (plain !== undefined) return { text: plain, unknown: [] };
  const unknown = new Set<string>();
  let charsLeft = ROLE_VALUES_CHARS_MAX;
  const fill = (text: string) =>
    text.replace(VARIABLE, (whole, name: string) => {
      if (!Object.hasOwn(values, name)) {
        unknown.add(name);
        return whole;
      }
      const value = clip(values[name] ?? "", Math.max(1, charsLeft));
      charsLeft -= value.length;
      return value;
    });
  return { text: assemble(role, fill), unknown: [...unknown] };
}

/** The same for a model that works alone, and neither saves nor finishes by tools. */
export function alonePrompt(role: Role, values: Readonly<Record<string, string>>): string {
  return rolePrompt(role, values).text.replace(SAVING_SECTION, "");
}

const plainPrompts = new WeakMap<Role, { readonly text: string | undefined }>();

/** The whole prompt of a role that names no variables, made once; undefined for any other. */
function plainPrompt(role: Role): string | undefined {
  const known = plainPrompts.get(role);
  if (known) return known.text;
  let isPlain = true;
  const text = assemble(role, (part) => {
    isPlain &&= variablesIn(part).length === 0;
    return part;
  });
  const plain = { text: isPlain ? text : undefined };
  plainPrompts.set(role, plain);
  return plain.text;
}

function assemble(role: Role, fill: (text: string) => string): string {
  const head = `# ${fill(role.name).replace(/\s+/g, " ")}\n${fill(role.description)}`;
  const sections = SECTIONS.flatMap(([title, linesOf, mark]) => section(title, linesOf(role).map(fill), mark));
  return [head, ...sections, SAVING_SECTION.trimStart()].join("\n\n");
}

/** The variables that a text names. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(VARIABLE)].map(([, name = ""]) => name);
}

type Mark = "list" | "steps" | "text";

const SECTIONS: readonly (readonly [title: string, linesOf: (role: Role) => readonly string[], mark: Mark])[] = [
  ["Expertise", ({ expertise }) => expertise, "list"],
  ["How you decide", ({ decides }) => decides, "list"],
  ["How you work", ({ approach }) => approach, "steps"],
  ["Before you call it done", ({ checklist }) => checklist, "list"],
  ["How this usually goes wrong", ({ pitfalls }) => pitfalls, "list"],
  ["Form of the result", ({ output_format }) => (output_format === undefined ? [] : [output_format]), "text"],
  ["Example", ({ example }) => (example === undefined ? [] : [example]), "text"],
];

/** Nothing for a section without lines. Further lines of an item are indented: they belong to it. */
function section(title: string, lines: readonly string[], mark: Mark): string[] {
  if (lines.length === 0) return [];
  const items = lines.map((line, at) => {
    const before = { list: "- ", steps: `${at + 1}. `, text: "" }[mark];
    return before + line.replaceAll("\n", `\n${" ".repeat(before.length)}`);
  });
  return [`## ${title}\n${items.join("\n")}`];
}

// {{x}} in the texts of a template. A text is filled in one pass: what a value says is never expanded itself.
import { AppError } from "../../base/errors.ts";
import { DESCRIPTION_CHARS_MAX } from "../../base/limits.ts";
import { clip, closest, printable } from "../../base/text.ts";

/** The name is trimmed afterwards: with spaces in the pattern, a hostile text could take for ever. */
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;

export function namesIn(text: string): string[] {
  return [...text.matchAll(PLACEHOLDER)].map(([, name = ""]) => name.trim());
}

/** What is wrong with the {{…}} of a text, when only these names have a value. */
export function textProblem(text: string, names: readonly string[]): string | undefined {
  const unknown = namesIn(text).find((name) => !names.includes(name));
  if (unknown !== undefined) return unknownParameter(unknown, names);
  return text.replace(PLACEHOLDER, "").includes("{{") ? "{{ is not followed by a name and }}" : undefined;
}

export function unknownParameter(name: string, names: readonly string[], noun = "parameter"): string {
  const near = closest(name, names);
  return `there is no ${noun} ${shown(name)}${near ? `, did you mean ${near}?` : ""}`;
}

/** The text with its values in place. */
export function fill(text: string, texts: ReadonlyMap<string, string>): string {
  let chars = text.length;
  for (const [whole, name = ""] of text.matchAll(PLACEHOLDER)) {
    chars += (texts.get(name.trim())?.length ?? 0) - whole.length;
  }
  if (chars > DESCRIPTION_CHARS_MAX) {
    throw new AppError("too_large", `cannot fill a text of the template: it would have ${chars} characters`, {
      hint: `Give shorter values: a text has at most ${DESCRIPTION_CHARS_MAX} characters.`,
    });
  }
  return text.replace(PLACEHOLDER, (_whole, name: string) => texts.get(name.trim()) ?? "");
}

/** A text of somebody else's, in a message. */
export function shown(text: string): string {
  return printable(clip(text, SHOWN_CHARS_MAX));
}

const SHOWN_CHARS_MAX = 80;

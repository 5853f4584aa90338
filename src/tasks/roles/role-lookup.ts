// How a role is found by what a model or a person calls it.
import { AppError } from "../../base/errors.ts";
import { WORD_CHARS_MAX } from "../../base/limits.ts";
import { clip, didYouMean, printable } from "../../base/text.ts";
import { BUILT_IN, type Role } from "./role.ts";

/**
 * Security Auditor, security-auditor and security_auditor are one word. A file's name comes in another form of
 * Unicode from macOS than from a keyboard.
 */
export function roleWord(text: string): string {
  return text
    .normalize("NFC")
    .trim()
    .toLowerCase()
    .replace(/[\s_-]+/g, "_");
}

/** In earlier systems, this word stood for the one role that a project had of its own. */
const OWN_ROLE = "custom_specialist";
const IDS_SHOWN_CHARS_MAX = 500;

/** The roles that could be meant: by id, by name, by the old word for a project's own. */
export function rolesCalled(roles: readonly Role[], word: string): Role[] {
  const wanted = roleWord(word);
  for (const isMeant of [byId, byName, byOldWord]) {
    const meant = roles.filter((role) => isMeant(role, wanted));
    if (meant.length > 0) return meant;
  }
  return [];
}

function byId({ id }: Role, wanted: string): boolean {
  return roleWord(id) === wanted;
}

function byName({ name }: Role, wanted: string): boolean {
  return roleWord(name) === wanted;
}

function byOldWord({ source }: Role, wanted: string): boolean {
  return wanted === OWN_ROLE && source !== BUILT_IN;
}

/** Why there is not the one role that a word means. */
export function noSuchRole(word: string, roles: readonly Role[], called: readonly Role[]): AppError {
  const shown = printable(clip(word, WORD_CHARS_MAX));
  if (called.length > 1) {
    return new AppError("not_found", `no single role ${shown}: ${called.length} could be meant`, {
      hint: `Say which: ${idsOf(called)}.`,
    });
  }
  const wanted = roleWord(word);
  const all = `There are ${idsOf(roles)}.`;
  if (wanted === "") return new AppError("not_found", "no role: the word for it is empty", { hint: all });
  return new AppError("not_found", `no role ${shown}`, {
    hint: wanted === OWN_ROLE ? `This project has no role of its own. ${all}` : didYouMean(wanted, words(roles), all),
  });
}

function words(roles: readonly Role[]): string[] {
  return [...roles.map(({ id }) => id), ...roles.map(({ name }) => roleWord(name))];
}

function idsOf(roles: readonly Role[]): string {
  return printable(clip(roles.map(({ id }) => id).join(", "), IDS_SHOWN_CHARS_MAX));
}

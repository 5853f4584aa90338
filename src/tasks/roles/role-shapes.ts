// The forms in which earlier systems wrote roles. Their files are taken as they are:
//
// - one role a file: name, description, expertise, and prompts, which are ways to work;
// - many roles in a file, each below its id, all of them perhaps below specialist_roles or roles: role_definition,
//   expertise, approach, output_format, and specialist_roles, the others that it can give work to.
//
// Strictness would break the promise: those systems ignored what they did not know, so their files may hold it, and
// a role that is refused for that is lost. It is ignored here too, but said. A file in our own form was written for
// us: there an unknown key is a mistake, and an error.
import { z } from "zod";
import { isRecord } from "../../base/json.ts";
import { DESCRIPTION_CHARS_MAX, ROLE_LINES_MAX } from "../../base/limits.ts";
import { RoleFile } from "./role.ts";

const Line = z.string().trim().min(1).max(DESCRIPTION_CHARS_MAX);

/** All that one of them could say, with our own keys, which may have been added since. */
export const OldRole = z.object({
  ...RoleFile.shape,
  name: RoleFile.shape.name.optional(),
  description: RoleFile.shape.description.optional(),
  prompts: z.array(Line).max(ROLE_LINES_MAX).default([]),
  role_definition: Line.optional(),
  specialist_roles: z
    .record(z.string(), Line)
    .refine((others) => Object.keys(others).length <= ROLE_LINES_MAX, `more than ${ROLE_LINES_MAX} specialists`)
    .default({}),
});
type OldRole = z.infer<typeof OldRole>;

/** An old role in our form; undefined when it says nothing of what it is. */
export function fromOldRole(id: string, old: OldRole): RoleFile | undefined {
  const { prompts, role_definition, specialist_roles, name = titleOf(id), description, ...ours } = old;
  const says = description ?? role_definition ?? old.name;
  if (says === undefined) return undefined;
  const others = Object.entries(specialist_roles).map(([other, does]) => `${other} (${does})`);
  return {
    ...ours,
    name,
    description: says,
    approach: [
      ...(description !== undefined && role_definition !== undefined ? [role_definition] : []),
      ...ours.approach,
      ...prompts,
      ...(others.length > 0 ? [`Give work to the specialist for it: ${others.join("; ")}.`] : []),
    ],
  };
}

/** data_transformer → Data transformer */
export function titleOf(id: string): string {
  const words = id.replace(/[\s_-]+/g, " ").trim();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** What a file holds, each with the way to it. */
export interface RoleValue {
  /** Undefined for the one role of a file, which is called like the file. */
  readonly id?: string;
  readonly path: readonly string[];
  readonly value: unknown;
  /** In a form of an earlier system. */
  readonly isOld: boolean;
}

/** Keys below which all roles of an old file may stand. */
const WRAPPERS = ["specialist_roles", "roles"] as const;
/** A file with one of these at its top is one role. */
const OF_ONE_ROLE = ["name", "description", "role_definition"] as const;

/** The roles that a file's value holds, in whichever form. */
export function rolesIn(value: unknown): RoleValue[] {
  if (!isRecord(value) || OF_ONE_ROLE.some((key) => key in value && !isRecord(value[key]))) return [oneRole(value)];
  const wrapper = WRAPPERS.find((key) => isRecord(value[key]) && Object.values(value[key]).some(isRecord));
  const path = wrapper === undefined ? [] : [wrapper];
  const byId = wrapper === undefined ? value : (value[wrapper] as Record<string, unknown>);
  if (!Object.values(byId).some(isRecord)) return [oneRole(value)];
  return Object.entries(byId).map(([id, inner]) => ({ id, path: [...path, id], value: inner, isOld: true }));
}

function oneRole(value: unknown): RoleValue {
  const isOld = isRecord(value) && ("prompts" in value || "role_definition" in value);
  return { path: [], value, isOld };
}

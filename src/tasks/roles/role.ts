// What a role is: how it is written in a file, how it is shown, and what can be wrong with a file.
import { z } from "zod";
import { DESCRIPTION_CHARS_MAX, ROLE_LINES_MAX, WORD_CHARS_MAX } from "../../base/limits.ts";

const Line = z.string().trim().min(1).max(DESCRIPTION_CHARS_MAX);
const Lines = z.array(Line).max(ROLE_LINES_MAX).default([]);

/** What a role file may say: a misspelled key is an error, not a silence. */
export const RoleFile = z.strictObject({
  name: Line.describe("What people call the specialist, like Security auditor."),
  description: Line.describe("What it does, in one sentence: a model chooses by it."),
  expertise: Lines.describe("What it knows better than others."),
  decides: Lines.describe("How it decides: what it weighs, and what wins."),
  approach: Lines.describe("How it works, step by step."),
  checklist: Lines.describe("What it asks itself before it calls the work done."),
  pitfalls: Lines.describe("How this work usually goes wrong."),
  output_format: Line.optional().describe("What its result looks like."),
  example: Line.optional().describe("One short piece of work, done well."),
});
export type RoleFile = z.infer<typeof RoleFile>;

/** The source of a role that comes with cadre. */
export const BUILT_IN = "built-in";

/** A role as it is shown, whole or in part. */
export const Role = z.object({
  ...RoleFile.shape,
  id: z.string().max(WORD_CHARS_MAX),
  source: z.string().describe(`"${BUILT_IN}", or the file of the project that it comes from.`),
});
export type Role = z.infer<typeof Role>;

export const RoleProblem = z.object({
  file: z.string(),
  line: z.number().int().optional(),
  column: z.number().int().optional(),
  role: z.string().optional().describe("The role that it is about."),
  message: z.string(),
  ignored: z.literal(true).optional().describe("Only this part is ignored: the role works."),
});
export type RoleProblem = z.infer<typeof RoleProblem>;

/** Why a text is no id. Ids stand in addresses, on command lines and in names of files. */
export function roleIdProblem(id: string): string | undefined {
  if (id.length > WORD_CHARS_MAX) return `its name is longer than ${WORD_CHARS_MAX} characters`;
  return /^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N} ._-]*$/u.test(id)
    ? undefined
    : "its name has something in it that is no letter, digit, space, - _ or .";
}

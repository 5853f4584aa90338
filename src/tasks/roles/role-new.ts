// A first role file of a project, to be changed by hand.
import { lstatSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import { WORD_CHARS_MAX } from "../../base/limits.ts";
import { clip, printable } from "../../base/text.ts";
import { writeNewProjectFile } from "../../config/new-project-file.ts";
import { ROLE_FOLDER } from "./role-folder.ts";
import { roleWord } from "./role-lookup.ts";
import { ROLE_VARIABLES } from "./role-prompt.ts";
import { titleOf } from "./role-shapes.ts";
import { ROLE_TEXTS } from "./role-texts.ts";

/** Writes `.cadre/roles/ID.yaml`, never over a file that is there, and says where it is, below the project folder. */
export function writeNewRole(workspace: string, id: string): string {
  refuseOddId(id);
  refuseSecond(workspace, id);
  return writeNewProjectFile(workspace, [...ROLE_FOLDER, `${id}.yaml`], newRoleText(id));
}

/** What every system takes as the name of a file, and every shell as one word. */
const PLAIN_ID = /^[a-z][a-z0-9_-]*$/;
/** Windows opens a device when a file is called like one, whatever its ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/;

function refuseOddId(id: string): void {
  if (PLAIN_ID.test(id) && id.length <= WORD_CHARS_MAX && !DEVICE.test(id)) return;
  const plain = roleWord(id)
    .replace(/[^a-z0-9_]+/g, "")
    .replace(/^[^a-z]+/, "")
    .slice(0, WORD_CHARS_MAX);
  const better = plain === "" || DEVICE.test(plain) ? "release_manager" : plain;
  throw new AppError("invalid_input", `cannot write a role ${printable(clip(id, WORD_CHARS_MAX))}: it is no plain id`, {
    hint: `Use at most ${WORD_CHARS_MAX} small letters, digits, - and _, like: cadre role new ${better}`,
  });
}

/** With the other ending it would be the same role, and only one of them would count. */
function refuseSecond(workspace: string, id: string): void {
  const file = join(...ROLE_FOLDER, `${id}.yml`);
  if (!lstatSync(join(workspace, file), { throwIfNoEntry: false })) return;
  throw new AppError("conflict", `cannot write a role ${id}: ${file} is already there`, {
    hint: "Edit it, or take another id.",
  });
}

/** A built-in role is best changed from what it says. */
function newRoleText(id: string): string {
  const builtIn = ROLE_TEXTS.get(roleWord(id))?.replace(/^# yaml-language-server.*\n/, "");
  const from = builtIn ? "# It stands in for the built-in role of the same id, from whose text it begins.\n" : "";
  return `${from}${about(id)}\n${builtIn ?? example(id)}`;
}

function about(id: string): string {
  return `# Read at every call: an edit counts at once. Look at what a model gets: cadre role show ${id} --prompt
# Look for mistakes: cadre role validate
# Filled in when a task is started: ${ROLE_VARIABLES.map((name) => `{{${name}}}`).join(" ")}
# A line that begins with {{ or a quote, or has a colon and a space in it, stands in quotes.
`;
}

/** Valid as it is: what a model needs is there, the rest is shown as comments, from a role that somebody could have. */
function example(id: string): string {
  return `# What people call it, and what it does in one sentence: a model chooses by it.
name: ${titleOf(id)}
description: Works as ${titleOf(id).toLowerCase()} of {{project}}.

# The rest may be left out. What stands here is from a release manager's role: put yours in its place.

# What it knows better than others.
# expertise:
#   - what customers wrote to support in the last year

# How it decides: what it weighs, and what wins.
# decides:
#   - A release waits for a fix only when customers lose data or money without it.

# How it works, step by step.
# approach:
#   - Read what was merged since the last tag.
#   - Sort it into what customers see, what operators do, and what neither notices.

# What it asks itself before it calls the work done.
# checklist:
#   - Does each breaking change say what to do instead?

# How this work usually goes wrong.
# pitfalls:
#   - Titles of commits, passed on as release notes.

# What its result looks like.
# output_format: Release notes in Markdown, newest first, and the list of people to tell.

# One short piece of work, done well.
# example: |-
#   Before: "Refactored the importer". After: "Imports of more than 10,000 rows no longer stop."
`;
}

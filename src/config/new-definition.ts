// A first file of a kind, like a template, to be changed by hand.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { WORD_CHARS_MAX } from "../base/limits.ts";
import { clip, printable } from "../base/text.ts";
import { DEFINITION_ID } from "./definition-files.ts";
import { writeNewProjectFile } from "./new-project-file.ts";

/** Windows opens a device when a file is called like one, whatever its ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/;

interface NewDefinition {
  /** What it is called, and an id for an example. */
  readonly noun: string;
  readonly example: string;
  readonly id: string;
  readonly text: string;
}

/** Writes `FOLDER/ID.yaml` below `root`, and says where it is. */
export function writeNewDefinition(
  root: string,
  folder: readonly string[],
  { noun, example, id, text }: NewDefinition,
): string {
  if (!DEFINITION_ID.test(id) || DEVICE.test(id)) {
    throw new AppError(
      "invalid_input",
      `cannot write ${noun} ${printable(clip(id, WORD_CHARS_MAX))}: it is no plain id`,
      {
        hint: `Use small letters, digits, - and _, at most 64, like: cadre ${noun} new ${example}`,
      },
    );
  }
  const other = join(...folder, `${id}.yml`);
  if (existsSync(join(root, other))) {
    // With another ending it would be the same one, and only one of them would count.
    throw new AppError("conflict", `cannot write ${noun} ${id}: ${other} is already there`, {
      hint: "Edit it, or take another id.",
    });
  }
  return writeNewProjectFile(root, [...folder, `${id}.yaml`], text);
}

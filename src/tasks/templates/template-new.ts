// A first template file, to be changed by hand.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import { WORD_CHARS_MAX } from "../../base/limits.ts";
import { clip, printable } from "../../base/text.ts";
import { writeNewProjectFile } from "../../config/new-project-file.ts";
import { TEMPLATE_ID } from "./template-sources.ts";
import starter from "./template-starter.yaml" with { type: "text" };

/** Windows opens a device when a file is called like one, whatever its ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/;

interface NewTemplate {
  readonly id: string;
  /** The text to begin from; by default one that shows what a template can do. */
  readonly text?: string | undefined;
}

/** Writes `FOLDER/ID.yaml` below `root`, and says where it is. */
export function writeNewTemplate(root: string, folder: readonly string[], { id, text = starter }: NewTemplate): string {
  if (!TEMPLATE_ID.test(id) || DEVICE.test(id)) {
    throw new AppError(
      "invalid_input",
      `cannot write template ${printable(clip(id, WORD_CHARS_MAX))}: it is no plain id`,
      {
        hint: "Use small letters, digits, - and _, at most 64, like: cadre template new release-train",
      },
    );
  }
  const other = join(...folder, `${id}.yml`);
  if (existsSync(join(root, other))) {
    // With another ending it would be the same template, and only one of them would count.
    throw new AppError("conflict", `cannot write template ${id}: ${other} is already there`, {
      hint: "Edit it, or take another id.",
    });
  }
  return writeNewProjectFile(root, [...folder, `${id}.yaml`], text);
}

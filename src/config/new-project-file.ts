// A file that cadre begins in a project and its people go on with: written once, never over another, and never
// through a link, which could lead out of the project.
import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";

/** Writes a file below a folder, and the folders on the way. Says where it is, below that folder. */
export function writeNewProjectFile(root: string, path: readonly string[], text: string): string {
  const file = join(...path);
  try {
    for (let parts = 1; parts < path.length; parts++) makeFolder(join(root, ...path.slice(0, parts)));
    writeOnce(join(root, file), text);
  } catch (cause) {
    throw cause instanceof AppError ? cause : cannotWrite(file, cause);
  }
  return file;
}

function makeFolder(path: string): void {
  const status = lstatSync(path, { throwIfNoEntry: false });
  if (!status) return mkdirSync(path);
  if (status.isDirectory()) return;
  throw new AppError(
    "forbidden",
    `cannot write into ${path}: it is ${status.isSymbolicLink() ? "a link" : "no folder"}`,
    {
      hint: "Put a folder there instead.",
    },
  );
}

/** Only a name that is not taken, by a link neither, is opened. */
function writeOnce(path: string, text: string): void {
  const file = openSync(path, "wx");
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function cannotWrite(file: string, cause: unknown): AppError {
  const { code = "unknown failure" } = cause as { code?: string };
  if (code === "EEXIST") {
    return new AppError("conflict", `cannot write ${file}: it is already there`, {
      hint: "Edit it, or take another name.",
    });
  }
  return new AppError("forbidden", `cannot write ${file}: ${code}`, {
    hint: "Look whether the folder is there and may be written to; --workspace names another project.",
    cause,
  });
}

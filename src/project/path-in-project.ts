// Where a path of a project really lies. A link in a project may lead anywhere, so nothing is taken by its name alone.
import { realpathSync } from "node:fs";
import { isAbsolute, relative, resolve, sep } from "node:path";
import { AppError } from "../base/errors.ts";

export const CADRE_FOLDER = ".cadre";
export const GIT_FOLDER = ".git";

/** A path of the project by its real name; what lies outside, or belongs to cadre or git, is refused. */
export function pathInProject(project: string, given: string, what: string): string {
  const real = realOf(resolve(project, given));
  if (real === undefined)
    throw new AppError("not_found", `cannot use ${given} as ${what}: it is not there`, {
      hint: "Name what is there, by its path in the project.",
    });
  const inner = relative(realOf(project) ?? project, real);
  if (inner.startsWith("..") || isAbsolute(inner))
    throw new AppError("forbidden", `cannot use ${given} as ${what}: it lies outside the project`, {
      hint: "Copy what is needed into the project, or give it as files.",
    });
  if (inner.split(sep).some((name) => name === CADRE_FOLDER || name === GIT_FOLDER))
    throw new AppError("forbidden", `cannot use ${given} as ${what}: it belongs to cadre or to git`, {
      hint: "Name another folder of the project.",
    });
  return real;
}

export function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

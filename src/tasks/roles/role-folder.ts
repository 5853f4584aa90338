// The role files of a project. A project is untrusted: only a bounded number of files is read, of a bounded size,
// and never in a folder that is a link.
import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { formatBytes } from "../../base/bytes.ts";
import { ROLE_FILE_BYTES_MAX, ROLES_BYTES_MAX, ROLES_MAX } from "../../base/limits.ts";
import { readProjectFile } from "../../config/project-file.ts";

/** Where a project keeps its roles. */
export const ROLE_FOLDER = [".cadre", "roles"] as const;
/** Where an earlier system kept them: read too, but what stands in ours comes first. */
export const OLD_ROLE_FOLDER = [".task_orchestrator", "roles"] as const;

export interface RoleFileRead {
  /** The file's way below the project folder. */
  readonly file: string;
  readonly isOld: boolean;
  readonly content: { readonly text: string } | { readonly problem: string };
}

/** Every role file of a project, those that come first first. */
export function* readRoleFiles(workspace: string): Generator<RoleFileRead> {
  const files = [ROLE_FOLDER, OLD_ROLE_FOLDER].flatMap((folder) =>
    namesIn(workspace, folder).map((name) => ({ file: join(...folder, name), path: [...folder, name] })),
  );
  let bytesLeft = ROLES_BYTES_MAX;
  for (const [at, { file, path }] of files.entries()) {
    const isOld = path[0] === OLD_ROLE_FOLDER[0];
    if (at === ROLES_MAX) {
      yield { file, isOld, content: { problem: `this project has more than ${ROLES_MAX} role files` } };
      return;
    }
    const content = bytesLeft > 0 ? readRoleFile(workspace, path) : { problem: TOO_MUCH };
    bytesLeft -= "text" in content ? Buffer.byteLength(content.text) : 0;
    yield { file, isOld, content };
  }
}

const TOO_MUCH = `this project's roles are larger than ${formatBytes(ROLES_BYTES_MAX)} together`;

/** The text of one role file, never through a link. */
export function readRoleFile(workspace: string, path: readonly string[]): RoleFileRead["content"] {
  return readProjectFile(workspace, path, ROLE_FILE_BYTES_MAX) ?? { problem: "it is not there" };
}

/** The id that a role file's name gives to its role. */
export function roleIdOf(file: string): string {
  return basename(file).replace(/\.ya?ml$/, "");
}

function namesIn(workspace: string, folder: readonly string[]): string[] {
  let entries: Dirent[];
  try {
    const folders = folder.map((_name, at) => join(workspace, ...folder.slice(0, at + 1)));
    const isPlain = folders.every((path) => lstatSync(path, { throwIfNoEntry: false })?.isDirectory());
    entries = isPlain ? readdirSync(join(workspace, ...folder), { withFileTypes: true }) : [];
  } catch {
    return [];
  }
  return entries
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map(({ name }) => name)
    .sort();
}

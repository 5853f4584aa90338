// What a project's files may do beyond taking tools away, they may do once their user has said so. The answer
// is kept with a digest of each file: after a change of one it is asked again about that one.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../base/ids.ts";
import { isRecord } from "../base/json.ts";
import { PROJECT_FILE_BYTES_MAX, WORKFLOW_FILE_BYTES_MAX, WORKFLOWS_MAX } from "../base/limits.ts";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";
import { readProjectFile } from "./project-file.ts";

/** The settings that a project brings with it. */
export const PROJECT_FILE = [".cadre", "config.yaml"] as const;

/** What a project's workflows say is done on its user's behalf. */
export const WORKFLOW_FOLDER = [".cadre", "workflows"] as const;

interface TrustedFile {
  readonly path: string;
  readonly text: string;
}

/** Whether the user trusts this very text: what is used must be what was asked about. */
export function isTrusted(dataFolder: string, workspace: string, { path, text }: TrustedFile): boolean {
  const trust = readTrust(dataFolder);
  const files: unknown = Object.hasOwn(trust, workspace) ? trust[workspace] : undefined;
  return isRecord(files) && Object.hasOwn(files, path) && files[path] === digest(text);
}

export function setTrust(dataFolder: string, workspace: string, trusted: boolean): void {
  const { [workspace]: _before, ...others } = readTrust(dataFolder);
  const files = trustedFiles(workspace).map(({ path, text }) => [path, digest(text)]);
  const next = trusted ? { ...others, [workspace]: Object.fromEntries(files) } : others;
  writePrivateFile(trustFile(dataFolder), `${JSON.stringify(next, null, 2)}\n`);
}

/** The project's files that trust covers, as they are now. */
export function trustedFiles(workspace: string): TrustedFile[] {
  const workflows = yamlFilesIn(workspace).map((name) => [...WORKFLOW_FOLDER, name]);
  return [PROJECT_FILE, ...workflows].flatMap((path) => {
    const isSettings = path === PROJECT_FILE;
    const file = readProjectFile(workspace, path, isSettings ? PROJECT_FILE_BYTES_MAX : WORKFLOW_FILE_BYTES_MAX);
    return file && "text" in file ? [{ path: join(...path), text: file.text }] : [];
  });
}

function yamlFilesIn(workspace: string): string[] {
  try {
    const names = readdirSync(join(workspace, ...WORKFLOW_FOLDER));
    return names
      .filter((name) => /\.ya?ml$/.test(name))
      .sort()
      .slice(0, WORKFLOWS_MAX);
  } catch {
    return []; // Most projects have none.
  }
}

function trustFile(dataFolder: string): string {
  return join(dataFolder, "trusted.json");
}

/** An unreadable list trusts nobody. */
function readTrust(dataFolder: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(readPrivateFile(trustFile(dataFolder)) ?? "{}");
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

// What a project's files may do beyond taking tools away, they may do once their user has said so. The answer
// is kept with a digest of the files: after a change it is asked again.
import { join } from "node:path";
import { digest } from "../base/ids.ts";
import { isRecord } from "../base/json.ts";
import { PROJECT_FILE_BYTES_MAX } from "../base/limits.ts";
import { readPrivateFile, writePrivateFile } from "./private-file.ts";
import { readProjectFile } from "./project-file.ts";

/** The settings that a project brings with it. */
export const PROJECT_FILE = [".cadre", "config.yaml"] as const;

/** The files of a project that trust is about. */
const TRUSTED_FILES = [PROJECT_FILE] as const;

interface TrustedFile {
  readonly path: string;
  readonly text: string;
}

/** Whether the user trusts these very texts: what is used must be what was asked about. */
export function isTrusted(dataFolder: string, workspace: string, files: readonly TrustedFile[]): boolean {
  const trust = readTrust(dataFolder);
  return Object.hasOwn(trust, workspace) && trust[workspace] === digestOf(files);
}

export function setTrust(dataFolder: string, workspace: string, trusted: boolean): void {
  const { [workspace]: _before, ...others } = readTrust(dataFolder);
  const next = trusted ? { ...others, [workspace]: digestOf(trustedFiles(workspace)) } : others;
  writePrivateFile(trustFile(dataFolder), `${JSON.stringify(next, null, 2)}\n`);
}

/** The project's files that trust covers, as they are now. */
export function trustedFiles(workspace: string): TrustedFile[] {
  return TRUSTED_FILES.flatMap((path) => {
    const file = readProjectFile(workspace, path, PROJECT_FILE_BYTES_MAX);
    return file && "text" in file ? [{ path: join(...path), text: file.text }] : [];
  });
}

function digestOf(files: readonly TrustedFile[]): string {
  return digest(JSON.stringify(files));
}

function trustFile(dataFolder: string): string {
  return join(dataFolder, "trusted.json");
}

/** An unreadable list trusts nobody. */
function readTrust(dataFolder: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(readPrivateFile(trustFile(dataFolder)) ?? "{}");
    return isRecord(value) ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}

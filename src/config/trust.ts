// What a project's files may do beyond taking tools away, they may do once their user has said so. The answer
// is kept with a digest of the files: after a change it is asked again.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../base/ids.ts";
import { isRecord } from "../base/json.ts";

/** The files of a project that trust is about. */
const TRUSTED_FILES = [join(".cadre", "config.yaml")] as const;

export function isTrusted(dataFolder: string, workspace: string): boolean {
  return readTrust(dataFolder)[workspace] === projectDigest(workspace);
}

export function setTrust(dataFolder: string, workspace: string, trusted: boolean): void {
  const { [workspace]: _before, ...others } = readTrust(dataFolder);
  const next = trusted ? { ...others, [workspace]: projectDigest(workspace) } : others;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const path = trustFile(dataFolder);
  writeFileSync(`${path}.new`, `${JSON.stringify(next, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** The project's files that trust covers, as they are now. */
export function trustedFiles(workspace: string): { path: string; text: string }[] {
  return TRUSTED_FILES.flatMap((path) => {
    const text = readIfThere(join(workspace, path));
    return text === undefined ? [] : [{ path, text }];
  });
}

function projectDigest(workspace: string): string {
  return digest(JSON.stringify(trustedFiles(workspace)));
}

function trustFile(dataFolder: string): string {
  return join(dataFolder, "trusted.json");
}

/** An unreadable list trusts nobody. */
function readTrust(dataFolder: string): Record<string, string> {
  const text = readIfThere(trustFile(dataFolder));
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

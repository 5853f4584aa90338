import { randomBytes, timingSafeEqual } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { digest } from "../base/ids.ts";

/** The secret that HTTP callers show. One a user, in a file that only the user can read. */
export function ensureToken(dataFolder: string): string {
  const path = tokenPath(dataFolder);
  const kept = readIfThere(path);
  if (kept) return kept;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(path, `${newToken()}\n`, { mode: 0o600, flag: "wx" });
  } catch (cause) {
    if ((cause as { code?: string }).code !== "EEXIST") throw cause; // Another process was faster: its token counts.
  }
  return readIfThere(path) ?? rotateToken(dataFolder);
}

/** A new token; the old one is worth nothing from now on. */
export function rotateToken(dataFolder: string): string {
  const token = newToken();
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const path = tokenPath(dataFolder);
  writeFileSync(`${path}.new`, `${token}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
  return token;
}

export function tokenPath(dataFolder: string): string {
  return join(dataFolder, "token");
}

/** Compares in a time that does not tell how much was right; digests have one length. */
export function isSameToken(given: string, token: string): boolean {
  return timingSafeEqual(Buffer.from(digest(given)), Buffer.from(digest(token)));
}

function newToken(): string {
  return `cadre_${randomBytes(24).toString("hex")}`;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}

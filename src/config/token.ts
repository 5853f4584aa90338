import { randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { digest } from "../base/ids.ts";
import { makePrivateFile, readPrivateFile, writePrivateFile } from "./private-file.ts";

/** The secret that HTTP callers show. One a user, in a file that only the user can read. */
export function ensureToken(dataFolder: string): string {
  const path = tokenPath(dataFolder);
  const kept = readToken(path);
  if (kept) return kept;
  makePrivateFile(path, `${newToken()}\n`);
  return readToken(path) ?? rotateToken(dataFolder);
}

/** A new token; the old one is worth nothing from now on. */
export function rotateToken(dataFolder: string): string {
  const token = newToken();
  writePrivateFile(tokenPath(dataFolder), `${token}\n`);
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

function readToken(path: string): string | undefined {
  return readPrivateFile(path)?.trim() || undefined;
}

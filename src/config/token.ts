import { randomBytes, timingSafeEqual } from "node:crypto";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { digest } from "../base/ids.ts";
import { makePrivateFile, readPrivateFile, writePrivateFile } from "./private-file.ts";

const GIVEN_CHARS_MIN = 16;

/** The secret of this process: the one that its environment gives, else the user's own. */
export function tokenOf(env: Readonly<Record<string, string | undefined>>, dataFolder: string): string {
  const given = env["CADRE_TOKEN"];
  if (!given) return ensureToken(dataFolder);
  if (given.length >= GIVEN_CHARS_MIN && !/\s/.test(given)) return given;
  throw new AppError(
    "invalid_input",
    `cannot use CADRE_TOKEN: it is shorter than ${GIVEN_CHARS_MIN} characters, or has spaces`,
    {
      hint: "Leave it out, and cadre makes one; or give what openssl rand -hex 24 prints.",
    },
  );
}

/** For whoever only asks: where there is no secret yet, one that nobody knows, and nothing is written. */
export function askingToken(env: Readonly<Record<string, string | undefined>>, dataFolder: string): string {
  return env["CADRE_TOKEN"] ?? readToken(tokenPath(dataFolder)) ?? newToken();
}

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

import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";
import { ensureToken, isSameToken, rotateToken, tokenPath } from "../../../src/config/token.ts";
import { tempFolder } from "../../harness/folder.ts";

test("ensureToken() makes a token once, in a file that only the user can read", () => {
  using folder = tempFolder();
  const data = join(folder.path, "data");

  const tokens = [ensureToken(data), ensureToken(data)];

  expect(tokens[0]).toMatch(/^cadre_[0-9a-f]{48}$/);
  expect(tokens[1]).toBe(tokens[0] as string);
  expect(statSync(tokenPath(data)).mode & 0o777).toBe(0o600);
  expect(statSync(data).mode & 0o777).toBe(0o700);
});

test("rotateToken() makes the old token worthless", () => {
  using folder = tempFolder();
  const old = ensureToken(folder.path);

  const fresh = rotateToken(folder.path);

  expect(fresh).not.toBe(old);
  expect(ensureToken(folder.path)).toBe(fresh);
  expect(statSync(tokenPath(folder.path)).mode & 0o777).toBe(0o600);
});

test("isSameToken() tells right from wrong, whatever the length", () => {
  const token = `cadre_${"a".repeat(48)}`;

  expect(["", "a", token.slice(1), `${token}a`, token.toUpperCase()].map((given) => isSameToken(given, token))).toEqual(
    [false, false, false, false, false],
  );
  expect(isSameToken(token, token)).toBe(true);
});

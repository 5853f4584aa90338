import { expect } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "..", "golden");
const isUpdate = process.env["UPDATE_GOLDEN"] === "1";

/**
 * A public surface as it was promised. It changes only with a line in CHANGELOG that says why:
 * UPDATE_GOLDEN=1 bun test tests/golden writes what is now, and the diff is read by somebody.
 */
export function expectGolden(name: string, value: unknown): void {
  const path = join(FOLDER, name);
  const text = typeof value === "string" ? value : `${JSON.stringify(value, null, 2)}\n`;
  if (isUpdate) writeFileSync(path, text);
  if (!existsSync(path)) throw new Error(`no golden file ${name}: write it with UPDATE_GOLDEN=1 bun test tests/golden`);
  expect(text).toBe(readFileSync(path, "utf8"));
}

import { expect, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { modelsFile } from "../../../src/agents/models-file.ts";
import { tempFolder } from "../../harness/folder.ts";

function fileOf(text: string, mode = 0o600) {
  const folder = tempFolder();
  const path = join(folder.path, "models.yaml");
  writeFileSync(path, text, { mode });
  chmodSync(path, mode);
  return { path, reader: modelsFile(path), [Symbol.dispose]: () => folder[Symbol.dispose]() };
}

test("without a file there is nothing of one's own", async () => {
  expect(await modelsFile("/nowhere/models.yaml").now()).toEqual({
    tiers: {},
    providers: {},
    prices: {},
    search: {},
  });
});

test("a key that is changed is used at once", async () => {
  using file = fileOf("providers: { xai: { key: first } }");
  expect((await file.reader.now()).providers["xai"]?.key).toBe("first");

  writeFileSync(file.path, "providers: { xai: { key: the-second } }");

  expect((await file.reader.now()).providers["xai"]?.key).toBe("the-second");
});

test("a key that others can read is refused, and a file without keys may be read by all", async () => {
  using open = fileOf("providers: { xai: { key: first } }", 0o644);
  using plain = fileOf("tiers: { smart: xai }", 0o644);

  await expect(open.reader.now()).rejects.toThrow("other accounts may read");
  expect((await plain.reader.now()).tiers.smart).toBe("xai");
});

test.each([
  ["providers: { xai: { kye: k } }", "kye"],
  ["tiers: { best: x }", "best"],
  ["prices: { x: 3 }", "expected free"],
  ["providers: { XAI: {} }", "small letters"],
  ["providers: { x: { url: file:///etc/passwd } }", "http"],
  ["a: [", "models.yaml:1"],
])("%s is refused with its place", async (text, says) => {
  using file = fileOf(text);

  const refusal = await file.reader.now().then(String, (cause: Error) => cause.message);

  expect(refusal).toContain(says);
});

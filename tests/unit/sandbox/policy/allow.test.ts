import { expect, test } from "bun:test";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allow } from "../../../../src/sandbox/policy/allow.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { tempFolder } from "../../../harness/folder.ts";

test("allow() makes the file, for its user alone", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "new", "policy.yaml");

  expect(await allow(path, { unconfined: "python" }, false)).toEqual(["python"]);

  expect(readFileSync(path, "utf8")).toBe("unconfined: [ python ]\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("allow() leaves the rest of the file as it was, and takes back what it gave", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "policy.yaml");
  writeFileSync(path, "# mine\nmemory: 1GiB # a lot\nnetwork: [a.org]\n");

  expect(await allow(path, { network: ["b.org"] }, false)).toEqual(["a.org", "b.org"]);
  expect(readFileSync(path, "utf8")).toBe("# mine\nmemory: 1GiB # a lot\nnetwork: [ a.org, b.org ]\n");
  expect(await allow(path, { network: ["a.org", "b.org"] }, true)).toBe("off");
  expect(await allow(path, { network: "on" }, false)).toBe("on");
});

test("allow() changes no file that it does not understand", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "policy.yaml");
  for (const text of ["a: [", "time_out: 1s\n"]) {
    writeFileSync(path, text);
    expect(await refusalOf(() => allow(path, { network: "on" }, false))).toMatchObject({ code: "invalid_input" });
    expect(readFileSync(path, "utf8")).toBe(text);
  }
  expect(await refusalOf(() => allow(join(folder.path, "b"), { network: ["http://x"] }, false))).toMatchObject({
    code: "invalid_input",
  });
});

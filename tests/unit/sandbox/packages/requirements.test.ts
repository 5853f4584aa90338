import { expect, test } from "bun:test";
import { fits, requirementsOf, wantedPython } from "../../../../src/sandbox/packages/requirements.ts";
import { refusalOf } from "../../../harness/errors.ts";

const texts = (given: string[], code = "") => requirementsOf(given, code).map(({ text }) => text);

test("the same needs are the same set, however they are written", () => {
  expect(texts(["Pandas[Excel] >= 2, <3", "numpy", "NumPy", "typing_extensions"])).toEqual([
    "numpy",
    "pandas[excel]>=2,<3",
    "typing-extensions",
  ]);
});

test.each([
  "--index-url=http://a",
  "-e .",
  "x; touch y",
  "./a",
  "git+https://a/b",
  "a @ https://b",
  "numpy ; python_version<'3'",
  "",
  "a".repeat(300),
])("%j is no package", async (given) => {
  expect(await refusalOf(() => requirementsOf([given], ""))).toMatchObject({ code: "invalid_input" });
});

const SCRIPT = `# /// script
# requires-python = ">=3.11"
# dependencies = [
#   "requests<3",
#   'rich',
# ]
# ///
import requests
`;

test("a script's own header says what it needs", () => {
  expect(texts([], SCRIPT)).toEqual(["requests<3", "rich"]);
  expect(wantedPython(SCRIPT)).toBe(">=3.11");
  expect(texts([], "# dependencies = ['a']")).toEqual([]);
  expect(wantedPython("print(1)")).toBeUndefined();
});

test.each<[string, string, boolean]>([
  ["3.11.7", ">=3.11", true],
  ["3.11.7", ">=3.12", false],
  ["3.9.1", ">=3.10", false],
  ["3.12.0", ">=3.10,<3.12", false],
  ["3.11.7", "==3.11.*", true],
  ["3.11.7", "!=3.11.*", false],
  ["3.11.7", "~=3.10", true],
  ["3.11.7", "~=3.11.2", true],
  ["3.12.7", "~=3.11.2", false],
  ["3.11.7", ">3.11.7", false],
])("Python %s and %s", (version, specifiers, isFitting) => {
  expect(fits(version, specifiers)).toBe(isFitting);
});

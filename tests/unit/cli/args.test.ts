import { expect, test } from "bun:test";
import { parseArgs, wordsOf } from "../../../src/cli/args.ts";
import { refusalOf } from "../../harness/errors.ts";

const SPECS = {
  title: { kind: "text" },
  tags: { kind: "text", isMany: true },
  json: { kind: "boolean" },
  http: { kind: "optional" },
} as const;

const parse = (...argv: string[]) => {
  const { words, flags } = parseArgs(argv, SPECS);
  return { words, flags: { ...flags } };
};
const refused = async (...argv: string[]) => {
  const { code, message, hint } = await refusalOf(() => parseArgs(argv, SPECS));
  return { code, message, hint };
};

test("parseArgs() takes words and flags in any order", () => {
  expect(parse("task", "--title", "a b", "list", "--json")).toEqual({
    words: ["task", "list"],
    flags: { title: ["a b"], json: ["true"] },
  });
});

test("parseArgs() takes a value after = whatever it looks like", () => {
  expect(parse("--title=--not=a=flag", "--tags=").flags).toEqual({ title: ["--not=a=flag"], tags: [""] });
});

test("parseArgs() keeps the last of a flag, and all of one that may be given many times", () => {
  expect(parse("--title", "one", "--title", "two", "--tags", "a", "--tags", "b,c").flags).toEqual({
    title: ["two"],
    tags: ["a", "b,c"],
  });
});

test("parseArgs() reads every spelling of yes and no", () => {
  for (const yes of ["--json", "--json=true", "--json=1", "--json=YES"]) {
    expect([yes, parse(yes).flags]).toEqual([yes, { json: ["true"] }]);
  }
  for (const no of ["--no-json", "--json=false", "--json=0", "--json=no"]) {
    expect([no, parse(no).flags]).toEqual([no, { json: ["false"] }]);
  }
});

test("parseArgs() gives an optional flag the next word only when that is a number", () => {
  expect(parse("--http", "5061")).toEqual({ words: [], flags: { http: ["5061"] } });
  expect(parse("--http", "task")).toEqual({ words: ["task"], flags: { http: [""] } });
  expect(parse("--http=0")).toEqual({ words: [], flags: { http: ["0"] } });
});

test("parseArgs() takes everything after -- as words", () => {
  expect(parse("task", "--json", "--", "--title", "--", "-h")).toEqual({
    words: ["task", "--title", "--", "-h"],
    flags: { json: ["true"] },
  });
});

test("parseArgs() knows the short forms that everybody types", () => {
  const specs = { help: { kind: "boolean" }, version: { kind: "boolean" } } as const;

  expect(Object.keys(parseArgs(["-h"], specs).flags)).toEqual(["help"]);
  expect(Object.keys(parseArgs(["-v"], specs).flags)).toEqual(["version"]);
});

test("parseArgs() refuses what it does not know, with the nearest flag", async () => {
  expect(await refused("--titel", "x")).toEqual({
    code: "invalid_input",
    message: "no flag --titel",
    hint: "Did you mean --title?",
  });
  expect((await refused("--nothing-like-it")).hint).toBe("See --help.");
  for (const name of ["constructor", "__proto__", "toString", "hasOwnProperty"]) {
    expect((await refused(`--${name}=x`)).message).toBe(`no flag --${name}`);
  }
});

test("parseArgs() refuses a flag without its value", async () => {
  expect(await refused("--title")).toEqual({
    code: "invalid_input",
    message: "--title needs a value",
    hint: "Write it like --title VALUE.",
  });
  expect(await refused("--title", "--json")).toEqual({
    code: "invalid_input",
    message: "--title needs a value",
    hint: "Write it like --title VALUE, or --title=VALUE when it begins with dashes.",
  });
});

test("parseArgs() refuses a yes-or-no flag that says neither", async () => {
  expect(await refused("--json=maybe")).toEqual({
    code: "invalid_input",
    message: '--json is either given or not: "maybe" says neither',
    hint: "Write --json or --no-json.",
  });
});

test("wordsOf() leaves out flags and their values, known and unknown", () => {
  expect(
    wordsOf(["--title", "trust", "task", "--json", "list", "--unknown", "--http", "1", "--", "--x"], SPECS),
  ).toEqual(["task", "list", "--x"]);
});

import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import type { Finding } from "../../../src/analysis/finding.ts";
import { findFlows } from "../../../src/analysis/security/find-flows.ts";
import pythonRules from "../../../src/analysis/security/python/python-rules.yaml" with { type: "text" };
import scriptRules from "../../../src/analysis/security/script/script-rules.yaml" with { type: "text" };
import { isSlowPattern } from "../../../src/analysis/security/slow-pattern.ts";
import { parseText } from "../../../src/analysis/syntax/parser.ts";
import type { Syntax } from "../../../src/analysis/syntax/syntax.ts";
import pythonCases from "./python-cases.yaml" with { type: "text" };
import scriptCases from "./script-cases.yaml" with { type: "text" };

interface Cases {
  readonly bad: readonly string[];
  readonly ok: readonly string[];
}

interface Language {
  readonly name: string;
  readonly syntax: Syntax;
  readonly path: string;
  readonly rules: string;
  readonly cases: string;
  /** What stands before each piece; it makes `x` of a request. */
  readonly before: string;
}

const PYTHON_PACKAGES =
  "ast base64 cryptography defusedxml django elementpath flask flask_cors ftplib hashlib html httpx importlib jinja2 json jwt ldap ldap3 logging lxml markupsafe os paramiko pathlib pickle pymongo random re requests secrets shlex sqlite3 ssl subprocess telnetlib tempfile urllib xml yaml Crypto";
const SCRIPT_PACKAGES =
  "axios child_process crypto ejs express fs got handlebars http https jsonwebtoken ldapjs libxmljs lodash mysql nunjucks path pg pug util v8 vm xml2json xpath";
const PYTHON: Language = {
  name: "python",
  syntax: "python",
  path: "a.py",
  rules: pythonRules,
  cases: pythonCases,
  before: `import ${PYTHON_PACKAGES.split(" ").join(", ")}\nfrom flask import request, abort\nfrom werkzeug.utils import secure_filename\nx = request.args.get("x")\n`,
};
const SCRIPT: Language = {
  name: "javascript",
  syntax: "javascript",
  path: "a.js",
  rules: scriptRules,
  cases: scriptCases,
  before: `${SCRIPT_PACKAGES.split(" ")
    .map((name) => `const ${name} = require("${name}");`)
    .join(" ")}\nconst x = req.query.x;\n`,
};

async function findingsIn(code: string, { before, syntax, path }: Language = PYTHON): Promise<readonly Finding[]> {
  const tree = await parseText(before + code, syntax, { nodes: 100_000, isOver: () => false });
  if (typeof tree === "string") throw new Error(`no tree: ${tree}`);
  return (await findFlows(path, tree, syntax)).findings;
}

describe.each([PYTHON, SCRIPT])("$name", (language) => {
  const all = parse(language.cases) as Readonly<Record<string, Cases>>;
  const { weaknesses } = parse(language.rules) as { weaknesses: { id: string }[] };

  test("every weakness has pieces that have it and pieces that do not", () => {
    expect(Object.keys(all).toSorted()).toEqual(weaknesses.map(({ id }) => id).toSorted());
    for (const { bad, ok } of Object.values(all)) {
      expect(bad.length).toBeGreaterThanOrEqual(3);
      expect(ok.length).toBeGreaterThanOrEqual(3);
    }
  });

  describe.each(Object.entries(all))("%s", (id, { bad, ok }) => {
    const rule = `${language.name}/${id}`;

    test.each(bad.map((code) => [code]))("is in %p", async (code) => {
      const found = await findingsIn(code, language);

      expect(found.filter(({ confidence }) => confidence !== "low").map((one) => one.rule)).toContain(rule);
    });

    test.each(ok.map((code) => [code]))("is not in %p", async (code) => {
      const found = await findingsIn(code, language);

      expect(found.filter(({ confidence }) => confidence !== "low").map((one) => one.rule)).not.toContain(rule);
    });
  });
});

test("a finding tells the way, from where it comes to where it goes", async () => {
  const [found] = await findingsIn("def clean(text):\n    return text.strip()\ny = clean(x)\nos.system('ls ' + y)\n");

  expect(found?.flow).toEqual([
    { line: 4, what: "comes with the request" },
    { line: 4, what: "goes through flask.request.args.get" },
    { line: 4, what: "is kept as x" },
    { line: 6, what: "goes through flask.request.args.get().strip" },
    { line: 7, what: "is kept as y" },
    { line: 8, what: "becomes part of a text" },
    { line: 8, what: "reaches os.system" },
  ]);
});

test("a finding is the same when lines move, and each of two alike has its own", async () => {
  const [first, second] = await findingsIn("os.system(x)\nos.system(x)\n");
  const [moved] = await findingsIn("\n\nos.system(x)\n");

  expect(moved?.fingerprint).toBe(first?.fingerprint ?? "");
  expect(second?.fingerprint).not.toBe(first?.fingerprint);
});

test.each([
  ["a long chain of calls", `a${".b(x)".repeat(200)}`],
  ["functions that hand one another on", "function f(g) { return g(f, (h) => h(g)); }\nf(f);\n"],
  ["a class that extends itself", "class A extends A { constructor() { super(x); this.a = this; } }\nnew A();\n"],
  ["what is no JavaScript", "function ( { if x => `${ eval(x)"],
  ["loops in loops", `${"for (const a of x) {".repeat(20)} eval(a) ${"}".repeat(20)}`],
])("comes to an end in JavaScript with %s", async (_what, code) => {
  expect(await findingsIn(code, SCRIPT)).toBeArray();
});

test.each([
  ["^(a+)+$", true],
  ["(a|a)*b", true],
  ["^(\\w+\\s?)*$", true],
  ["(x+x+)+y", true],
  ["(.*)*x", true],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", true],
  ["^(\\w+\\s)*$", false],
  ["(a+)+", false],
  ["^(?:[a-z]+\\.)*[a-z]+$", false],
  ['([^"\\\\]|\\\\.)*"', false],
  ["^(-?\\d+)(,-?\\d+)*$", false],
  ["[", false],
  ["(", false],
])("%p can take for ever: %p", (pattern, isSlow) => {
  expect(isSlowPattern(pattern)).toBe(isSlow);
});

test.each([
  ["a function that calls itself", "def f(a):\n    return f(a + x)\nf(x)\n"],
  ["objects that hold themselves", "class A:\n    pass\na = A()\na.a = a\nb = {}\nb['b'] = b\nos.system(str(b))\n"],
  ["what is no Python", "def (:\n  if if x os.system(\n"],
  [
    "loops in loops",
    `${Array.from({ length: 12 }, (_one, at) => `${" ".repeat(at)}for a${at} in x:`).join("\n")}\n${" ".repeat(12)}os.system(a1)\n`,
  ],
])("comes to an end with %s", async (_what, code) => {
  expect(await findingsIn(code)).toBeArray();
});

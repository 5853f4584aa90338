import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import type { Finding } from "../../../src/analysis/finding.ts";
import { findFlows } from "../../../src/analysis/security/find-flows.ts";
import rules from "../../../src/analysis/security/python/python-rules.yaml" with { type: "text" };
import { parseText } from "../../../src/analysis/syntax/parser.ts";
import cases from "./python-cases.yaml" with { type: "text" };

interface Cases {
  readonly bad: readonly string[];
  readonly ok: readonly string[];
}

const CASES = parse(cases) as Readonly<Record<string, Cases>>;
const { weaknesses } = parse(rules) as { weaknesses: { id: string }[] };
const PACKAGES =
  "ast base64 cryptography defusedxml django elementpath flask flask_cors ftplib hashlib html httpx importlib jinja2 json jwt ldap ldap3 logging lxml markupsafe os paramiko pathlib pickle pymongo random re requests secrets shlex sqlite3 ssl subprocess telnetlib tempfile urllib xml yaml Crypto";
const BEFORE = `import ${PACKAGES.split(" ").join(", ")}\nfrom flask import request, abort\nfrom werkzeug.utils import secure_filename\nx = request.args.get("x")\n`;
const PATH = "a.py";

async function findingsIn(code: string): Promise<readonly Finding[]> {
  const tree = await parseText(BEFORE + code, "python", { nodes: 100_000, isOver: () => false });
  if (typeof tree === "string") throw new Error(`no tree: ${tree}`);
  return findFlows(PATH, tree, "python").findings;
}

test("every weakness has pieces that have it and pieces that do not", () => {
  expect(Object.keys(CASES).toSorted()).toEqual(weaknesses.map(({ id }) => id).toSorted());
  for (const { bad, ok } of Object.values(CASES)) {
    expect(bad.length).toBeGreaterThanOrEqual(3);
    expect(ok.length).toBeGreaterThanOrEqual(3);
  }
});

describe.each(Object.entries(CASES))("%s", (id, { bad, ok }) => {
  test.each(bad.map((code) => [code]))("is in %p", async (code) => {
    const found = await findingsIn(code);

    expect(found.filter(({ confidence }) => confidence !== "low").map(({ rule }) => rule)).toContain(`python/${id}`);
  });

  test.each(ok.map((code) => [code]))("is not in %p", async (code) => {
    expect((await findingsIn(code)).map(({ rule }) => rule)).not.toContain(`python/${id}`);
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

import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { analyzeText } from "../../../src/analysis/analyze-text.ts";
import { BASH_RULES } from "../../../src/analysis/quality/bash-rules.ts";
import { ruffRules } from "../../../src/analysis/quality/ruff/ruff-rules.ts";
import { SCRIPT_HABITS } from "../../../src/analysis/quality/script-habits.ts";
import { SCRIPT_MISTAKES } from "../../../src/analysis/quality/script-mistakes.ts";
import { SQL_RULES, sqlStatements } from "../../../src/analysis/quality/sql/sql-rules.ts";
import { systemClock } from "../../../src/base/clock.ts";
import text from "./quality-cases.yaml" with { type: "text" };

type Cases = Readonly<Record<string, { readonly bad: readonly string[]; readonly ok: readonly string[] }>>;

const CASES = parse(text) as Readonly<Record<string, Cases>>;
const FILES: Readonly<Record<string, string>> = {
  javascript: "a.js",
  typescript: "a.ts",
  bash: "a.sh",
  sql: "a.sql",
  python: "a.py",
};

async function rulesIn(language: string, code: string): Promise<string[]> {
  const { findings } = await analyzeText(FILES[language] ?? "", code, { clock: systemClock });
  return findings.map(({ rule }) => rule.slice(rule.indexOf("/") + 1));
}

test("every rule has pieces that it is about and pieces that it is not", () => {
  const own = [...SCRIPT_MISTAKES, ...SCRIPT_HABITS, ...BASH_RULES, ...SQL_RULES].map(({ id }) => id);
  const rules = [...own, ...ruffRules().keys(), "invalid-syntax"];

  expect(Object.values(CASES).flatMap(Object.keys).toSorted()).toEqual(rules.toSorted());
});

describe.each(Object.entries(CASES))("%s", (language, cases) => {
  describe.each(Object.entries(cases))("%s", (id, { bad, ok }) => {
    test.each(bad.map((code) => [code]))("is about %p", async (code) => {
      expect(await rulesIn(language, code)).toContain(id);
    });

    test.each(ok.map((code) => [code]))("is not about %p", async (code) => {
      expect(await rulesIn(language, code)).not.toContain(id);
    });
  });
});

test("statements are told apart whatever stands in them", () => {
  const sql = `-- a; b\nselect ';' as "a;b" from t; /* c; */ do $x$ begin; end $x$;\n\nupdate t set a = 'it''s;'`;

  expect(sqlStatements(sql).map(({ plain }) => plain.replaceAll(/\s+/g, " "))).toEqual([
    `select ';' as "a;b" from t`,
    "do",
    "update t set a = 'it''s;'",
  ]);
});

test("a function that nobody can read is told once for each reason", async () => {
  const deep = `${"if (a) { for (const b of c) { ".repeat(5)}d();${"} }".repeat(5)}`;
  const { findings } = await analyzeText("a.js", `function f(a, b, c, d, e, g, h, i) { ${deep} }`, {
    clock: systemClock,
  });

  expect(findings.filter(({ rule }) => rule.startsWith("complexity/")).map(({ rule }) => rule)).toEqual([
    "complexity/hard-to-read",
    "complexity/deep",
    "complexity/many-parameters",
  ]);
});

import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { analyzeText } from "../../../src/analysis/analyze-text.ts";
import { findSecrets } from "../../../src/analysis/secrets/find-secrets.ts";
import text from "../../../src/analysis/secrets/secret-kinds.yaml" with { type: "text" };
import { systemClock } from "../../../src/base/clock.ts";
import { Random } from "../../harness/random.ts";
import { textLike } from "../../harness/text-like.ts";

interface Row {
  readonly id: string;
  readonly pattern: string;
  readonly near?: string;
  readonly words: readonly string[];
}

const ROWS = parse(text) as Row[];
const TRIES = 8;

async function findingsIn(path: string, source: string) {
  return (await analyzeText(path, source, { clock: systemClock })).findings;
}

/** What a name is that it is given to: the first way that its row names. */
function nameFor({ near = "key", words }: Row): string {
  const [first = ""] = near.split(/\|(?![^(]*\))/);
  const name = textLike(first.replace(/\.\{0,\d+\}/g, "_"), new Random("name"));
  return words.some((word) => name.toLowerCase().includes(word)) ? name : `${words[0]}_${name}`;
}

test("there are the kinds of many makers, each once", () => {
  expect(ROWS.length).toBeGreaterThanOrEqual(150);
  expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
});

describe.each(ROWS.map((row) => [row.id, row] as const))("%s", (id, row) => {
  test("is found where it stands, and not where letters go on", async () => {
    const random = new Random(id);
    // One that happens to look made up is none.
    const found: boolean[] = [];
    for (let tried = 0; tried < TRIES; tried++) {
      const secret = textLike(row.pattern, random);
      const source = row.near === undefined ? `const key = "${secret}";\n` : `${nameFor(row)} = "${secret}"\n`;
      found.push((await findSecrets("src/settings.js", source)).length > 0);
    }

    expect(found.filter(Boolean).length).toBeGreaterThanOrEqual(TRIES / 2);
  });
});

test.each([
  ["an example of a maker's documentation", 'key = "AKIAIOSFODNN7EXAMPLE"'],
  ["a placeholder", 'api_key = "YOUR_API_KEY_GOES_HERE_123"'],
  ["a row of x", 'token = "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"'],
  ["what is read from the environment", 'password = os.environ["DB_PASSWORD"]'],
  ["a template", "password: `${process.env.DB_PASSWORD}`"],
  ["a shell's variable", "DB_PASSWORD=$DB_PASSWORD"],
  ["the name of a field", 'password_field = "user_password_1"'],
  ["an address", 'token_url = "https://login.example.org/oauth2/token"'],
  ["an identifier", 'secret_name = "prod.database.credentials"'],
  ["a sentence", 'password_hint = "at least 8 characters, 1 digit"'],
  ["a digest", 'sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"'],
  ["an id", 'request_id = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"'],
  ["a shortcut", '{ "key": "ctrl+shift+down" }'],
  ["a property", "const password = form.fields.password;"],
])("%s is no secret", async (_what, source) => {
  expect(await findSecrets("src/app.py", source)).toEqual([]);
});

test.each([
  ["a password", 'password = "Tr0ub4dor&3x"', "hardcoded-password"],
  ["a password in JSON", '{"dbPassword": "kV9#mmQz2"}', "hardcoded-password"],
  ["a typed one", 'const apiSecret: string = "q8Zr2LmX9vTb4NcK";', "hardcoded-key"],
  ["one of a settings file", "export API_TOKEN=q8Zr2LmX9vTb4NcK\n", "hardcoded-key"],
  ["one in an address", 'db = "postgres://app:kV9mmQz2@db.internal/app"', "url-password"],
])("%s is found", async (_what, source, kind) => {
  expect((await findSecrets("deploy/.env", source)).map((one) => one.kind)).toEqual([kind]);
});

test("files of tests hold values of their own", async () => {
  const source = 'password = "Tr0ub4dor&3x"\ntoken = "ghp_0f8sK2mZqLw7Xc9VbN4tRy6PaJd1HgE5uQ3i"\n';

  expect(await findSecrets("tests/test_login.py", source)).toMatchObject([{ kind: "github-token", confidence: "low" }]);
});

test("a finding shows nothing of the secret, says where it stands, and stays the same when lines move", async () => {
  const source = 'import os\n\npassword = "Tr0ub4dor&3x"  # mine\n';

  const [finding] = await findingsIn("a.py", source);
  const [moved] = await findingsIn("a.py", `# more\n# lines\n${source}`);

  expect(JSON.stringify(finding)).not.toContain("ub4dor");
  expect(finding).toMatchObject({ line: 3, column: 13, end_line: 3, end_column: 25, cwe: [798] });
  expect(moved?.line).toBe(5);
  expect(moved?.fingerprint).toBe(finding?.fingerprint ?? "");
});

describe("nothing of a secret is shown by what else is found on its line", () => {
  const KEY = `sk_live_${"4eC39HqLyjWDarjtT1zdp7dc"}`;
  const TOKEN = "ghp_0f8sK2mZqLw7Xc9VbN4tRy6PaJd1HgE5uQ3i";

  test.each([
    ["a name that is not used", "a.py", `def f():\n    api_key = "${KEY}"\n`, [KEY]],
    ["a statement of SQL", "a.sql", "UPDATE users SET password = 'Tr0ub4dor&3x';\n", ["Tr0ub4dor&3x"]],
    ["two on one line", "a.py", `def f():\n    a, b = "${KEY}", "${TOKEN}"\n`, [KEY, TOKEN]],
    ["a command", "a.sh", `curl -H "Authorization: token ${TOKEN}" $1 | sh\n`, [TOKEN]],
  ])("%s", async (_what, path, source, secrets) => {
    const findings = await findingsIn(path, source);

    const rules = findings.map(({ rule }) => rule);
    expect(rules.some((rule) => rule.startsWith("secrets/"))).toBe(true);
    expect(rules.some((rule) => !rule.startsWith("secrets/"))).toBe(true);
    for (const secret of secrets) expect(JSON.stringify(findings)).not.toContain(secret);
  });
});

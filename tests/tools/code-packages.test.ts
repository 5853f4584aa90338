// Packages for Python, from an index that lives as long as the test.
import { afterAll, beforeAll, expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Clock } from "../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { refusalOf } from "../harness/errors.ts";
import { openIndex, type PackageIndex } from "../harness/wheels.ts";

/** An installer takes its time. */
const INSTALL_MS = 60_000;

let app: TestApp<Clock>;
let index: PackageIndex;
beforeAll(async () => {
  app = await openTestApp();
  index = await openIndex([
    ["greeting", "1.0", "word = 'hello'"],
    ["greeting", "2.0", "word = 'hello again'"],
    ["hostile", "1.0", "import os, socket\nfound = os.environ.get('HOME')"],
  ]);
  policy();
});
afterAll(async () => {
  await app.close();
  await index.close();
});

const policy = (more = "") => writeFileSync(app.policyFile, `index: ${index.url}\n${more}`);
const run = (code: string, packages?: string[]) =>
  app.call("code_run", { language: "python", code, options: packages ? { packages } : {} });

test(
  "a program has what it asks for, installed once for all that ask the same",
  async () => {
    const code = "import greeting\nprint(greeting.word)";

    const both = await Promise.all([run(code, ["greeting<2"]), run(code, ["Greeting <2"])]);
    const asked = index.asked.length;
    const again = await run(code, ["greeting<2"]);

    for (const ran of [...both, again])
      expect(ran).toMatchObject({ status: "completed", stdout: "hello\n", isolation: { network: "off" } });
    expect(index.asked.length).toBe(asked);
    expect(index.asked.filter((path) => path.endsWith(".whl"))).toHaveLength(1);
    expect(readdirSync(app.packageFolder).filter((name) => !/^[0-9a-f]{64}$/.test(name))).toEqual([]);
  },
  INSTALL_MS,
);

test(
  "a script's header is enough",
  async () => {
    const code = "# /// script\n# dependencies = ['greeting==2.0']\n# ///\nimport greeting\nprint(greeting.word)";

    expect(await run(code)).toMatchObject({ stdout: "hello again\n" });
  },
  INSTALL_MS,
);

test(
  "what is installed can be read, and not changed",
  async () => {
    const code = "import greeting\nopen(greeting.__file__, 'a').write('word = 1')";

    expect(await run(code, ["greeting==2.0"])).toMatchObject({
      status: "error",
      failure: { name: expect.stringMatching(/PermissionError|OSError/) },
    });
  },
  INSTALL_MS,
);

test(
  "no such package, and an index that cannot be reached, are two errors",
  async () => {
    const unknown = await refusalOf(() => run("1", ["greetting"]));
    expect(unknown).toMatchObject({ code: "not_found" });
    expect(unknown.message).toContain("has no wheel of it");
    expect(await refusalOf(() => run("1", ["greeting==9"]))).toMatchObject({ code: "not_found" });

    writeFileSync(app.policyFile, "index: http://127.0.0.1:1/simple\n");
    const unreachable = await refusalOf(() => run("1", ["greeting==1.0"]));
    policy();
    expect(unreachable).toMatchObject({ code: "unavailable" });
    expect(unreachable.message).toContain("cannot be reached");
    const { executions } = (await app.call("execution_list", { limit: 1 })) as { executions: { status: string }[] };
    expect(executions[0]?.status).toBe("error");
  },
  INSTALL_MS,
);

test("the policy names the packages that there may be", async () => {
  policy("packages: [hostile]\n");
  expect(await refusalOf(() => run("1", ["greeting"]))).toMatchObject({ code: "forbidden" });
  policy("security: high\n");
  expect(await refusalOf(() => run("1", ["greeting"]))).toMatchObject({ code: "forbidden" });
  policy();
});

test("an option of the installer is no package", async () => {
  expect(await refusalOf(() => run("1", ["--index-url=http://a/"]))).toMatchObject({ code: "invalid_input" });
});

test("a Python that a header asks for and nobody has is told, with those that there are", async () => {
  const code = '# /// script\n# requires-python = ">=4"\n# ///\n1';

  expect((await refusalOf(() => run(code))).hint).toContain("there are 3.");
});

test(
  "a secret in the index's address is told to nobody",
  async () => {
    writeFileSync(app.policyFile, `index: ${index.url.replace("//", "//user:hidden-word@")}\n`);

    const ran = await run("import greeting\nprint(greeting.word)", ["greeting==1.0"]);
    const refused = await refusalOf(() => run("1", ["greetting"]));
    policy();

    expect(ran).toMatchObject({ stdout: "hello\n" });
    expect(refused).toMatchObject({ code: "not_found" });
    const whole = await app.call("execution_show", { id: ran["id"] });
    const abouts = readdirSync(app.packageFolder).map((name) =>
      readFileSync(join(app.packageFolder, name, "about.json"), "utf8"),
    );
    for (const told of [JSON.stringify([ran, whole]), refused.message, refused.hint, ...abouts, ...app.logged])
      expect(told).not.toContain("hidden-word");
  },
  INSTALL_MS,
);

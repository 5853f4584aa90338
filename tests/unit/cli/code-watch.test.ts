// Files are looked at when they are saved, until somebody has seen enough.
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { startProcess } from "../../harness/process.ts";

setDefaultTimeout(60_000);

test.each([
  [["code", "watch"], /^a\.js\na\.js\n +1:1 critical javascript\/code-injection\n/],
  [["code", "watch", "--json"], /^\{"changed":\["a\.js"\],"score":40,/],
  [["code", "analyze", "--watch"], /a\.js\n +1:1 critical/],
])("%p tells what is found in what is saved", async (args, expected) => {
  using folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "home"), CADRE_WORKSPACE: join(folder.path) };
  await using watcher = startProcess(args, { env });
  let round = 0;
  // Whoever is not ready yet sees the next.
  await until(() => {
    writeFileSync(join(folder.path, "a.js"), `eval(location.hash);\n${"\n".repeat(round++ % 50)}`);
    return watcher.stdout().includes("code-injection");
  }, "it is told");

  expect(watcher.stdout()).toMatch(expected);
  watcher.signal("SIGINT");
  expect(await watcher.exited).toBe(0);
});

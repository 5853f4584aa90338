import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/base/clock.ts";
import { Log } from "../../../src/observe/log.ts";
import { LogFile } from "../../../src/observe/log-file.ts";
import { invoke, runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { startProcess } from "../../harness/process.ts";

function keptLog(home: string): Log {
  const log = new Log({ level: "info", format: "text", clock: systemClock, write: () => {} });
  const file = new LogFile(join(home, "logs"), systemClock);
  log.keepIn((line) => file.append(line), { pid: 12 });
  return log;
}

test("the last lines are shown as they were, for people and for programs", async () => {
  using folder = tempFolder();
  const log = keptLog(folder.path);
  log.info("backup made", { id: "backup_1" });
  log.warn("the bus is away\u001b[2J", { cause: new Error("no server") });

  const text = await invoke(["logs"], { home: folder.path });
  const graver = await invoke(["logs", "--level", "warn", "--since", "1h"], { home: folder.path });
  const last = await invoke(["logs", "--lines", "1", "--json"], { home: folder.path });

  expect(text.stdout).toMatch(/info {2}\[12\] backup made id=backup_1\n/);
  expect(text.stdout).not.toContain("\u001b[2J");
  expect(graver.stdout.trimEnd().split("\n")).toHaveLength(1);
  expect(JSON.parse(last.stdout)).toMatchObject({ lines: [{ level: "warn", pid: 12, cause: "Error: no server" }] });
});

test("nothing yet, and what makes no sense, is said", async () => {
  using folder = tempFolder();

  const nothing = await invoke(["logs"], { home: folder.path });
  const refused = await Promise.all(
    [
      ["--level", "loud"],
      ["--since", "yesterday"],
      ["--lines", "0"],
    ].map((flags) => invoke(["logs", ...flags])),
  );

  expect(nothing).toMatchObject({ exit: 0, stdout: "" });
  expect(nothing.stderr).toContain("Nothing yet in");
  expect(refused.map(({ exit }) => exit)).toEqual([2, 2, 2]);
  expect(refused.map(({ stderr }) => stderr).join()).toMatch(/debug, info, warn and error.*3d.*From 1 to/s);
});

test("what a server had to say is found afterwards, and followed while it says it", async () => {
  using folder = tempFolder();
  const project = join(folder.path, "project");
  const home = join(folder.path, "data");
  mkdirSync(join(project, ".cadre"), { recursive: true });
  writeFileSync(join(project, ".cadre", "config.yaml"), "log_level: debug\n");
  keptLog(home).info("before");
  await using follower = startProcess(["logs", "--follow", "--json"], { env: { CADRE_HOME: home } });
  await until(() => follower.stdout().includes('"before"'), "what was there is shown");

  const served = await runCli([], { env: { CADRE_HOME: home }, cwd: project });

  expect(served.stderr).toContain("log_level");
  await until(() => /"level":"warn".*log_level/.test(follower.stdout()), "what was added is shown");
});

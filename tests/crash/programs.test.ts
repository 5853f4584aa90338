// What becomes of programs, and of the history, when the machine has no room, no interpreter or no temporary folder; and
// that many of them leave nothing behind. The long form is bun scripts/crash.ts.
import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openTestApp } from "../harness/app.ts";
import { runCli } from "../harness/cli.ts";
import { until } from "../harness/condition.ts";
import { tempFolder } from "../harness/folder.ts";
import { manyPrograms } from "./many-programs.ts";
import { smallDisk } from "./small-disk.ts";

const MANY_MS = 120_000;

test(
  "programs in a row and at once leave no process, no handle, no folder and no row that runs",
  async () => {
    const { ended, ...left } = await manyPrograms(24, 24);

    expect(left).toEqual({ processes: [], handles: 0, folders: [], running: 0 });
    // Eight kinds, seven times each.
    expect(ended).toEqual({ completed: 35, timeout: 14, error: 7 });
  },
  MANY_MS,
);

async function runIn(env: Record<string, string>, code: string, language = "bash") {
  using folder = tempFolder();
  const options = { env: { CADRE_HOME: join(folder.path, "home"), ...env }, cwd: folder.path };
  const ran = await runCli(["code", "run", language, "--code", code, "--json"], options);
  const listed = await runCli(["execution", "list", "--json"], {
    ...options,
    env: { CADRE_HOME: join(folder.path, "home") },
  });
  const { executions } = JSON.parse(listed.stdout) as { executions: { status: string }[] };
  return {
    said: JSON.parse(ran.stdout || ran.stderr),
    exit: ran.exit,
    statuses: executions.map(({ status }) => status),
  };
}

test("without a temporary folder a program is refused, with the reason and the next step", async () => {
  const { said, statuses } = await runIn({ TMPDIR: "/nowhere/at/all" }, "echo a");

  expect(said).toMatchObject({
    error: {
      code: "unavailable",
      message: expect.stringContaining("/nowhere/at/all"),
      hint: expect.stringContaining("TMPDIR"),
    },
  });
  expect(statuses).toEqual(["error"]);
});

test("on a disk that is full, or that cannot be written, a program is refused, or told by its own error", async () => {
  using disk = smallDisk(4);
  if (!disk) return console.warn("SKIPPED: a full disk. Mounting a small disk needs root.");

  const during = await runIn({ TMPDIR: disk.path }, "head -c 20000000 /dev/zero > big");
  expect(during.said).toMatchObject({ status: "error", stderr: expect.stringMatching(/No space left/) });
  expect(during.statuses).toEqual(["error"]);

  for (let at = 0; ; at++) {
    try {
      writeFileSync(join(disk.path, `filler-${at}`), new Uint8Array(64 * 1024));
    } catch {
      break;
    }
  }
  for (let at = 0; at < 5_000; at++) {
    try {
      writeFileSync(join(disk.path, `name-${at}`), "x");
    } catch {
      break;
    }
  }
  const before = await runIn({ TMPDIR: disk.path }, "echo a");
  disk.makeReadOnly();
  const never = await runIn({ TMPDIR: disk.path }, "echo a");
  expect(never.said).toMatchObject({ error: { code: "unavailable", message: expect.stringContaining("EROFS") } });
  expect(never.statuses).toEqual(["error"]);
  expect(before.said.error ?? before.said).toMatchObject({ code: expect.stringMatching(/storage_full|unavailable/) });
  expect(before.statuses).toEqual(["error"]);
});

test("without an interpreter the answer says how to get one, and the history that it failed", async () => {
  const { said, exit, statuses } = await runIn({ PATH: "/nowhere" }, "print(1)", "python");

  expect(said).toMatchObject({
    error: {
      code: "unavailable",
      message: expect.stringContaining("no python3"),
      hint: expect.stringContaining("Install it"),
    },
  });
  expect(exit).toBe(6);
  expect(statuses).toEqual(["error"]);
});

test("a program whose process is killed from outside has crashed", async () => {
  await using app = await openTestApp();
  const mark = `cadre-victim-${process.pid}`;
  const running = app.call("code_run", { language: "bash", code: `exec -a ${mark} sleep 600` });
  const victim = () => readdirSync("/proc").find((pid) => /^\d+$/.test(pid) && commandOf(pid).startsWith(mark));
  await until(() => victim() !== undefined, "it runs");

  process.kill(Number(victim()), "SIGKILL");

  expect(await running).toMatchObject({ status: "crashed", signal: "SIGKILL" });
});

test("an engine that is killed from outside fails its program alone", async () => {
  await using app = await openTestApp();
  const before = new Set(engines());
  const running = app.call("code_run", { language: "javascript", code: "for (;;);", timeout: "60s" });
  await until(() => engines().some((pid) => !before.has(pid)), "an engine runs");
  await until(
    async () => (await app.executions.list({ statuses: ["running"] }, { limit: 1 })).executions.length > 0,
    "it runs",
  );

  for (const pid of engines()) if (!before.has(pid)) process.kill(Number(pid), "SIGKILL");

  expect(await running.catch((refused: unknown) => ({ status: String(refused) }))).toMatchObject({
    status: expect.stringMatching(/crashed|cannot start an engine/),
  });
  expect(await app.call("code_run", { language: "javascript", code: "1" })).toMatchObject({ status: "completed" });
});

/** Those of this process: another test beside it has its own. */
function engines(): string[] {
  return readdirSync("/proc").filter(
    (pid) => /^\d+$/.test(pid) && /internal\0engine/.test(commandOf(pid)) && isOurs(Number(pid)),
  );
}

function isOurs(pid: number): boolean {
  for (let at = pid; at > 1; at = parentOf(at)) if (at === process.pid) return true;
  return false;
}

function parentOf(pid: number): number {
  try {
    // The name in brackets may hold anything.
    return Number(
      readFileSync(`/proc/${pid}/stat`, "latin1")
        .replace(/^.*\) \S /s, "")
        .split(" ", 1)[0],
    );
  } catch {
    return 0; // It has just ended.
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return ""; // It has just ended.
  }
}

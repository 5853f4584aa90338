// A session watched from one process while another one works in it.
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runCli } from "../../harness/cli.ts";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { type CadreProcess, startCommand, startProcess } from "../../harness/process.ts";
import { SELF_IN_SHELL } from "../../harness/self.ts";

/** Each command is a process of its own. */
setDefaultTimeout(60_000);

const SCRIPT = "/usr/bin/script";
const TASKS = '[{"title": "Design"}, {"title": "Build", "needs": ["Design"]}]';

function openProject() {
  const folder = tempFolder();
  const env = { CADRE_HOME: join(folder.path, "home"), CADRE_WORKSPACE: folder.path, TERM: "xterm" };
  return {
    env,
    cadre: async (...args: string[]) => {
      const { exit, stdout, stderr } = await runCli([...args, "--json"], { env });
      if (exit !== 0) throw new Error(stderr);
      return JSON.parse(stdout) as Record<string, unknown>;
    },
    [Symbol.dispose]: () => folder[Symbol.dispose](),
  };
}

/** What follows once the watcher has shown what was there. */
async function shows(watcher: CadreProcess, text: string): Promise<void> {
  await until(() => watcher.stdout().includes(text), `${JSON.stringify(text)} is shown`);
}

test("A23: what another process does is shown by a watcher, one line a change", async () => {
  using project = openProject();
  await project.cadre("task", "plan", "Scraper", "--tasks", TASKS);
  await using watcher = startProcess(["session", "watch"], { env: project.env });
  await shows(watcher, "[ ] Design  pending");

  const { id } = await project.cadre("task", "start");
  await project.cadre("task", "append", String(id), "--piece", "1", "--text", "half of it");
  await project.cadre("task", "complete", String(id), "Two queues.");
  await shows(watcher, "task.completed");

  watcher.signal("SIGINT");
  expect(await watcher.exited).toBe(0);
  const told = watcher
    .stdout()
    .split("\n")
    .filter((line) => line.includes(String(id)) && !line.startsWith("["));
  expect(told.map((line) => line.split(" ")[1])).toEqual(["task.started", "draft.grown", "task.completed"]);
});

test("--json gives the tree, then one object for each change", async () => {
  using project = openProject();
  await project.cadre("task", "plan", "Scraper", "--tasks", TASKS);
  await using watcher = startProcess(["session", "watch", "--json"], { env: project.env });
  await shows(watcher, '"tasks"');

  await project.cadre("task", "start");
  await shows(watcher, "task.started");

  const [tree, ...events] = watcher
    .stdout()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(tree.tasks.map(({ title, depth }: { title: string; depth: number }) => [title, depth])).toEqual([
    ["Scraper", 0],
    ["Design", 1],
    ["Build", 1],
  ]);
  expect(events[0]).toMatchObject({ type: "task.started" });
});

test("--once shows the tasks and leaves; a session that there is not is refused", async () => {
  using project = openProject();
  await project.cadre("task", "plan", "Scraper", "--tasks", TASKS);

  const once = await runCli(["session", "watch", "--once"], { env: project.env });
  const unknown = await runCli(["session", "watch", "session_ffffffffffff"], { env: project.env });

  expect([once.exit, once.stdout]).toEqual([0, expect.stringContaining("  [ ] Build  pending, waits for 1\n")]);
  expect([unknown.exit, unknown.stderr]).toEqual([4, expect.stringContaining("session_list")]);
});

if (existsSync(SCRIPT)) {
  test("in a terminal the picture is drawn in place, and the terminal is as before when it ends", async () => {
    using project = openProject();
    await project.cadre("task", "plan", "Scraper", "--tasks", TASKS);
    const command = `${SELF_IN_SHELL} session watch`;
    await using watcher = startCommand([SCRIPT, "-qefc", command, "/dev/null"], { env: project.env });
    await shows(watcher, "Design");

    await project.cadre("task", "start");
    await shows(watcher, "task.started");
    await watcher.write("\u0003"); // Ctrl-C, as a terminal sends it.
    expect(await watcher.exited).toBeNumber();

    const shown = watcher.stdout();
    expect(shown).toContain("\u001b[?1049h\u001b[?25l\u001b[H");
    expect(shown.trimEnd()).toEndWith("\u001b[?25h\u001b[?1049l");
    expect(shown).not.toContain("\u001b[2J");
  });
} else {
  console.warn("SKIPPED: session watch in a terminal. There is no script program here that makes one.");
}

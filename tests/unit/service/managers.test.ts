import { expect, test } from "bun:test";
import { launchd } from "../../../src/service/launchd.ts";
import { MARK, type ServiceLaunch } from "../../../src/service/service-manager.ts";
import { systemd } from "../../../src/service/systemd.ts";
import { taskScheduler } from "../../../src/service/task-scheduler.ts";

const launch = (more: Partial<ServiceLaunch> = {}): ServiceLaunch => ({
  command: ["/opt/my apps/cadre", "--http", "5060", "--data-dir", '/d/50% "$HOME" \\x'],
  uid: 1000,
  home: "/u/ann",
  envFile: "/c/service.env",
  logFile: "/d/logs/service.log",
  ...more,
});
const answer = (stdout: string, exit = 0) => ({ stdout, stderr: "", exit });

test("systemd: a unit of the account, whose words arrive as they are", () => {
  const { file, install, remove, stateOf, journal } = systemd(launch());

  expect(file?.path).toBe("/u/ann/.config/systemd/user/cadre.service");
  expect(file?.text).toContain(MARK);
  expect(file?.text).toContain(
    String.raw`ExecStart="/opt/my apps/cadre" "--http" "5060" "--data-dir" "/d/50%% \"$$HOME\" \\x"`,
  );
  expect(file?.text).toContain("EnvironmentFile=-/c/service.env\n");
  expect(file?.text).toContain("WantedBy=default.target");
  expect(install.map(([command]) => command.join(" "))).toEqual([
    "systemctl --user daemon-reload",
    "systemctl --user enable cadre.service",
    "systemctl --user restart cadre.service",
  ]);
  expect(remove[0]).toEqual([["systemctl", "--user", "disable", "--now", "cadre.service"], false]);
  expect(stateOf(answer("LoadState=loaded\nActiveState=active\nMainPID=42\n"))).toEqual({ state: "running", pid: 42 });
  expect(stateOf(answer("LoadState=loaded\nActiveState=failed\nMainPID=0\n"))).toEqual({ state: "stopped" });
  expect(stateOf(answer("LoadState=not-found\nActiveState=inactive\n"))).toEqual({ state: "absent" });
  expect(journal).toBe("journalctl --user -u cadre");
});

test("systemd: of the machine for root", () => {
  const { file, probe, notes } = systemd(launch({ uid: 0 }));

  expect(file?.path).toBe("/etc/systemd/system/cadre.service");
  expect(file?.text).toContain("WantedBy=multi-user.target");
  expect(probe).toEqual(["systemctl", "show-environment"]);
  expect(notes).toEqual([]);
});

test("launchd: an agent whose list is well-formed", () => {
  const { file, install, stateOf } = launchd(launch({ command: ["/a & b/cadre", "--http", "<1>"] }));

  expect(file?.path).toBe("/u/ann/Library/LaunchAgents/cadre.plist");
  expect(file?.text).toContain(
    "<string>/a &amp; b/cadre</string>\n    <string>--http</string>\n    <string>&lt;1&gt;</string>",
  );
  expect(install).toEqual([
    [["launchctl", "bootout", "gui/1000/cadre"], false],
    [["launchctl", "bootstrap", "gui/1000", "/u/ann/Library/LaunchAgents/cadre.plist"]],
  ]);
  expect(stateOf(answer("gui/1000/cadre = {\n\tstate = running\n\tpid = 42\n"))).toEqual({ state: "running", pid: 42 });
  expect(stateOf(answer("\tstate = not running\n"))).toEqual({ state: "stopped" });
  expect(stateOf(answer("", 113))).toEqual({ state: "absent" });
});

test("Task Scheduler: a task at logon, whose command it can hold", () => {
  const command = ["C:\\Program Files\\cadre.exe", "--http", "5060"] as const;
  const { install, stateOf, file } = taskScheduler(launch({ command }));

  expect(file).toBeUndefined();
  expect(install[0]?.[0].at(-1)).toBe('conhost.exe --headless "C:\\Program Files\\cadre.exe" --http 5060');
  expect(stateOf(answer(""))).toEqual({ state: "installed" });
  expect(stateOf(answer("", 1))).toEqual({ state: "absent" });
  expect(() => taskScheduler(launch({ command: ["C:\\".padEnd(300, "x")] }))).toThrow("too long for Task Scheduler");
});

import { join } from "node:path";
import { type CommandLine, MARK, NAME, type ServiceLaunch, type ServiceManager } from "./service-manager.ts";

const ROOT_FOLDER = "/etc/systemd/system";
const UNIT = `${NAME}.service`;
/** Longer than requests are waited for. */
const STOP_SECONDS = 30;
const PAUSE_SECONDS = 2;

/** Of the user; of the machine for root, who mostly has no session of its own. */
export function systemd(launch: ServiceLaunch): ServiceManager {
  const isRoot = launch.uid === 0;
  const scope = isRoot ? [] : ["--user"];
  const control = (...words: string[]): CommandLine => ["systemctl", ...scope, ...words];
  const folder = isRoot ? ROOT_FOLDER : join(launch.home, ".config", "systemd", "user");
  return {
    name: isRoot ? "systemd" : "systemd of your account",
    file: { path: join(folder, UNIT), text: unitText(launch, isRoot) },
    probe: control("show-environment"),
    install: [[control("daemon-reload")], [control("enable", UNIT)], [control("restart", UNIT)]],
    remove: [[control("disable", "--now", UNIT), false], [control("daemon-reload")]],
    query: control("show", UNIT, "--property=LoadState,ActiveState,MainPID"),
    stateOf: ({ stdout }) => {
      if (!/^LoadState=loaded$/m.test(stdout)) return { state: "absent" };
      if (!/^ActiveState=(active|activating|reloading)$/m.test(stdout)) return { state: "stopped" };
      return { state: "running", pid: Number(/^MainPID=(\d+)$/m.exec(stdout)?.[1] ?? 0) };
    },
    journal: `journalctl ${isRoot ? "" : "--user "}-u ${NAME}`,
    notes: isRoot ? [] : ["It ends when you log out everywhere, unless: loginctl enable-linger"],
  };
}

/** No more walls: the sandbox makes its own, and needs namespaces for them. */
function unitText({ command, envFile }: ServiceLaunch, isRoot: boolean): string {
  return `# ${MARK}; installing again writes it anew, cadre service remove takes it away.
[Unit]
Description=cadre, an orchestrator for MCP clients

[Service]
ExecStart=${command.map(quoted).join(" ")}
EnvironmentFile=-${percents(envFile)}
Restart=on-failure
RestartSec=${PAUSE_SECONDS}
KillMode=mixed
TimeoutStopSec=${STOP_SECONDS}

[Install]
WantedBy=${isRoot ? "multi-user.target" : "default.target"}
`;
}

function quoted(word: string): string {
  return `"${percents(word).replaceAll("$", "$$$$").replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

function percents(word: string): string {
  return word.replaceAll("%", "%%");
}

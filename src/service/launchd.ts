import { join } from "node:path";
import { MARK, NAME, type ServiceLaunch, type ServiceManager } from "./service-manager.ts";

const SOURCES = { "&": "&amp;", "<": "&lt;", ">": "&gt;" } as const;

/** An agent of the user, on a Mac. */
export function launchd(launch: ServiceLaunch): ServiceManager {
  const path = join(launch.home, "Library", "LaunchAgents", `${NAME}.plist`);
  const domain = `gui/${launch.uid ?? 0}`;
  const service = `${domain}/${NAME}`;
  return {
    name: "launchd",
    file: { path, text: plistText(launch) },
    probe: ["launchctl", "print", domain],
    install: [[["launchctl", "bootout", service], false], [["launchctl", "bootstrap", domain, path]]],
    remove: [[["launchctl", "bootout", service], false]],
    query: ["launchctl", "print", service],
    stateOf: ({ exit, stdout }) => {
      if (exit !== 0) return { state: "absent" };
      if (!/^\s*state = running$/m.test(stdout)) return { state: "stopped" };
      return { state: "running", pid: Number(/^\s*pid = (\d+)$/m.exec(stdout)?.[1] ?? 0) };
    },
    journal: launch.logFile,
    notes: ["Keys of providers are found where models.yaml says: launchd gives no variables of your shell."],
  };
}

function plistText({ command, logFile }: ServiceLaunch): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<!-- ${MARK}; installing again writes it anew, cadre service remove takes it away. -->
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>${NAME}</string>
  <key>ProgramArguments</key>
  <array>
${command.map((word) => `    <string>${escaped(word)}</string>`).join("\n")}
  </array>
  <key>RunAtLoad</key>
  <true/>
  <key>KeepAlive</key>
  <dict>
    <key>SuccessfulExit</key>
    <false/>
  </dict>
  <key>StandardErrorPath</key>
  <string>${escaped(logFile)}</string>
</dict>
</plist>
`;
}

function escaped(word: string): string {
  return word.replace(/[&<>]/g, (char) => SOURCES[char as keyof typeof SOURCES]);
}

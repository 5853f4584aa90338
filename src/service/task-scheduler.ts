import { AppError } from "../base/errors.ts";
import { NAME, type ServiceLaunch, type ServiceManager } from "./service-manager.ts";

/** What schtasks takes. */
const COMMAND_CHARS_MAX = 261;
const EVENT_LOG = "Event Viewer, Task Scheduler";

/** A task of the user's that begins when they log on, on Windows. */
export function taskScheduler({ command }: ServiceLaunch): ServiceManager {
  // Without a window of its own.
  const line = ["conhost.exe", "--headless", ...command].map(quoted).join(" ");
  if (line.length > COMMAND_CHARS_MAX) {
    throw new AppError("invalid_input", "cannot install the service: its command is too long for Task Scheduler", {
      hint: "Put cadre and its data into folders with shorter paths.",
    });
  }
  const task = ["/TN", NAME] as const;
  return {
    name: "Task Scheduler",
    file: undefined,
    probe: ["schtasks", "/Query", "/FO", "CSV", "/NH"],
    install: [
      [["schtasks", "/Create", "/F", ...task, "/SC", "ONLOGON", "/RL", "LIMITED", "/TR", line]],
      [["schtasks", "/End", ...task], false],
      [["schtasks", "/Run", ...task]],
    ],
    remove: [[["schtasks", "/End", ...task], false], [["schtasks", "/Delete", "/F", ...task]]],
    query: ["schtasks", "/Query", ...task, "/XML"],
    // Its words about the state are in the user's language; whether it runs is seen by its answering.
    stateOf: ({ exit }) => ({ state: exit === 0 ? "installed" : "absent" }),
    journal: EVENT_LOG,
    notes: ["Keys of providers come from your account's variables; after a new one, install again."],
  };
}

function quoted(word: string): string {
  return /[\s"]/.test(word) || word === "" ? `"${word.replaceAll('"', '\\"')}"` : word;
}

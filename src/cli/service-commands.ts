import type { CliContext, Command, CommandInput } from "./command.ts";

const yes = (help: string) => ({ kind: "boolean", help }) as const;

export const serviceCommands: readonly Command[] = [
  {
    words: ["service", "install"],
    summary: "Lets the system start cadre --http by itself (systemd, launchd, Task Scheduler), now and from now on.",
    flags: { "dry-run": yes("Only show what would be written and started.") },
    run: later("install"),
  },
  {
    words: ["service", "status"],
    summary: "Whether the service is there, runs and answers; exits with 1 when it does not.",
    run: later("status"),
  },
  {
    words: ["service", "remove"],
    summary: "Stops the service and takes it away; data stay.",
    flags: { "dry-run": yes("Only show what would be done.") },
    run: later("remove"),
  },
];

function later(what: "install" | "status" | "remove"): Command["run"] {
  return async (context: CliContext, input: CommandInput) =>
    (await import("./service-run.ts")).runService(what, context, input);
}

import type { Command } from "./command.ts";

const yes = (help: string) => ({ kind: "boolean", help }) as const;

export const uninstallCommand: Command = {
  words: ["uninstall"],
  summary: "Takes the entries out of all clients and removes cadre; your data stays unless --data says otherwise.",
  flags: {
    data: yes("Your tasks, runs, settings and backups go, too."),
    "dry-run": yes("Show what would go, and remove nothing."),
    yes: yes("Do not ask."),
  },
  run: async (context, input) => (await import("./uninstall-run.ts")).runUninstall(context, input),
};

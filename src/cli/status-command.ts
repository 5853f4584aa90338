import type { Command } from "./command.ts";

export const statusCommand: Command = {
  words: ["status"],
  summary: "How cadre is now: database, server, processes, what is queued, held and interrupted.",
  flags: { watch: { kind: "boolean", help: "Live, until it is interrupted; with --json one object a second." } },
  run: async (context, input) => (await import("./status-run.ts")).runStatus(context, input),
};

import type { Command } from "./command.ts";

export const logsCommand: Command = {
  words: ["logs"],
  summary: "What servers had to say in the last week, in whatever client they ran.",
  flags: {
    follow: { kind: "boolean", help: "Goes on with what is added, until it is interrupted." },
    level: { kind: "text", help: "Only debug, info, warn or error, and what is graver." },
    since: { kind: "text", help: "Only so far back, like 2h or 3d." },
    lines: { kind: "text", help: "The last so many; 100 when not given." },
  },
  run: async (context, input) => (await import("./logs-run.ts")).runLogs(context, input),
};

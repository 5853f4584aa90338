import type { Command } from "./command.ts";

const yes = (help: string) => ({ kind: "boolean", help }) as const;

export const doctorCommand: Command = {
  words: ["doctor"],
  summary:
    "Looks at all that may be wrong, with what was seen and what to do: program, data, clients, server, tools, sandbox, models. Exits with 1 when something is.",
  positional: ["group…"],
  flags: {
    fix: yes("Mend what can be mended without losing anything."),
    "release-stale": yes("Let go of tasks whose holder is gone, and say which."),
    bundle: { kind: "text", help: "Write all of it into this file, without secrets, to be attached to a report." },
  },
  run: async (context, input) => (await import("./doctor-run.ts")).runDoctor(context, input),
};

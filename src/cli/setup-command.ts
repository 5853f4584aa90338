// What `cadre setup` takes. What it does is loaded when it is asked for.
import type { Command } from "./command.ts";

const text = (help: string) => ({ kind: "text", help }) as const;
const yes = (help: string) => ({ kind: "boolean", help }) as const;
const list = (help: string) => ({ kind: "list", help }) as const;

export const setupCommand: Command = {
  words: ["setup"],
  summary: "Puts cadre into the MCP clients of this machine: shows each change, asks once, and --undo takes it back.",
  positional: ["client…"],
  flags: {
    client: list("Only these clients, like claude-code,cursor; also written as words."),
    clients: list("The same."),
    all: yes("Those, too, that are edited only on request."),
    project: yes("In this project's files instead of your own."),
    http: {
      kind: "optional",
      help: "An address instead of a program; without one, that of cadre --http on this machine.",
    },
    name: text("What clients call it; cadre if not given."),
    env: list("K=V for the server's environment, like a provider's key."),
    header: list("K=V for the requests to an address."),
    "replace-old": yes("Entries of the earlier task-orchestrator go."),
    force: yes("Another server of that name goes."),
    yes: yes("Do not ask."),
    "dry-run": yes("Show what would change, and change nothing."),
    check: yes("Exit with 1 when something would change, 5 when something cannot."),
    verify: yes("With --no-verify, nothing is started and no client is asked."),
    print: text("The snippet for this client, to be put in by hand."),
    link: text("The link for this client that puts it in."),
    undo: yes("Take back all that setup did, the newest first."),
    remove: yes("Take the entries away, wherever they stand."),
    roles: yes("Also write an example role into this project, once."),
  },
  run: async (context, input) => (await import("./setup-run.ts")).runSetup(context, input),
};

// What only a terminal needs. Everything else is a tool, and a command by that.
import { AppError } from "../base/errors.ts";
import { setTrust, trustedFiles } from "../config/trust.ts";
import type { Tool } from "../tools/tool.ts";
import { artifactCommands } from "./artifact-commands.ts";
import { codeCommands } from "./code-commands.ts";
import type { Command } from "./command.ts";
import { isSet } from "./command.ts";
import { completionsCommand } from "./completions-command.ts";
import { configCommands } from "./config-commands.ts";
import { dbCommands } from "./db-commands.ts";
import { doctorCommand } from "./doctor-command.ts";
import { importCommand } from "./import-command.ts";
import { logsCommand } from "./logs-command.ts";
import { metricsCommand } from "./metrics-command.ts";
import { researchCommand } from "./research-command.ts";
import { roleCommands } from "./role-commands.ts";
import { runCommands } from "./run-commands.ts";
import { runTransferCommands } from "./run-transfer-commands.ts";
import { selftestCommand } from "./selftest-command.ts";
import { serviceCommands } from "./service-commands.ts";
import { sessionWatch } from "./session-watch.ts";
import { setupCommand } from "./setup-command.ts";
import { statusCommand } from "./status-command.ts";
import { templateCommands } from "./template-commands.ts";
import { tokenCommands } from "./token-commands.ts";
import { toolCommand } from "./tool-command.ts";
import { uninstallCommand } from "./uninstall-command.ts";
import { upgradeCommand } from "./upgrade-command.ts";
import { workflowCommands } from "./workflow-commands.ts";
import { workspaceCommands } from "./workspace-commands.ts";

const trust: Command = {
  words: ["trust"],
  summary:
    "Lets this project's workflows run, and its settings count beyond taking tools away; a changed file asks again.",
  flags: { remove: { kind: "boolean", help: "Trust it no longer." } },
  run: async ({ config, workspace }, input) => {
    const files = trustedFiles(workspace);
    if (files.length === 0 && !isSet(input, "remove")) {
      throw new AppError("not_found", `nothing to trust in ${workspace}`, {
        hint: "Trust is about .cadre/config.yaml and .cadre/workflows; this project has neither.",
      });
    }
    setTrust(config.folders.data, workspace, !isSet(input, "remove"));
    return { workspace, trusted: !isSet(input, "remove"), files: files.map(({ path }) => path) };
  },
};

const events: Command = {
  words: ["event", "follow"],
  summary: "Prints the log as it grows, one event a line, until it is interrupted.",
  flags: {
    after: { kind: "text", help: "Begin after this number; 0 for everything." },
    type: { kind: "text", help: "Only this type, or with a dot at its end all below it: task." },
    session: { kind: "text", help: "Only what happens in this session." },
    all: { kind: "boolean", help: "Of every workspace." },
  },
  run: async ({ open, runtime, workspace, signal }, input) => {
    const app = await open();
    const after = input.flags["after"]?.at(-1);
    const session = input.flags["session"]?.at(-1);
    if (session !== undefined) await app.sessions.find(session);
    const filter = {
      workspace_id: isSet(input, "all") ? undefined : (await app.workspaces.at(workspace)).id,
      session,
      type: input.flags["type"]?.at(-1),
    };
    for await (const batch of app.feed.follow({
      after: after === undefined ? undefined : readNumber(after),
      filter,
      signal,
    })) {
      await runtime.writeOut(batch.map((event) => `${JSON.stringify(event)}\n`).join(""));
    }
    return undefined;
  },
};

function readNumber(after: string): number {
  if (/^\d{1,15}$/.test(after)) return Number(after);
  throw new AppError("invalid_input", "cannot begin there: --after is a whole number", {
    hint: "Give the number of the last event that you have seen, or 0 for all.",
  });
}

/** All commands: one for each tool, unless a terminal wants it otherwise, and those that only a terminal needs. */
export function allCommands(tools: readonly Tool[]): Command[] {
  const own = new Set(ownCommands.map(({ words }) => words.join(" ")));
  const commands = [...tools.map(toolCommand).filter(({ words }) => !own.has(words.join(" "))), ...ownCommands];
  return [...commands, completionsCommand(commands)];
}

const ownCommands: readonly Command[] = [
  setupCommand,
  doctorCommand,
  statusCommand,
  logsCommand,
  ...serviceCommands,
  selftestCommand,
  importCommand,
  upgradeCommand,
  uninstallCommand,
  ...dbCommands,
  ...workspaceCommands,
  ...artifactCommands,
  ...codeCommands,
  ...roleCommands,
  ...templateCommands,
  ...workflowCommands,
  ...runCommands,
  researchCommand,
  ...runTransferCommands,
  sessionWatch,
  ...configCommands,
  trust,
  ...tokenCommands,
  metricsCommand,
  events,
];

// `cadre research "…"`: a pattern of agents, begun, watched and read in one command.
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { type Command, type CommandInput, isSet } from "./command.ts";
import { follow } from "./run-commands.ts";
import { callOf } from "./tool-command.ts";

/** Inputs of the pattern that have a flag of their own here. */
const INPUTS = ["agents", "model", "title", "depth", "rounds"] as const;

export const researchCommand: Command = {
  words: ["research"],
  summary: "Has agents find something out, and shows them at work: what each says now, and what it costs.",
  positional: ["task"],
  flags: {
    pattern: { kind: "text", help: "research if not given; or iterative-research, search, or a workflow of yours." },
    agents: { kind: "text", help: "How many at most; 8 if not given." },
    budget: { kind: "text", help: 'What they may spend, like "2usd" or "200k" tokens.' },
    model: { kind: "text", help: "Of all of them: smart, a provider, or provider:model." },
    title: { kind: "text", help: "Of the report." },
    depth: { kind: "text", help: "Of a search: quick, standard or deep." },
    rounds: { kind: "text", help: "Of iterative-research." },
    out: { kind: "text", help: "A file for the report." },
    timeout: { kind: "text", help: 'It fails when it is not over by then, like "1h".' },
    watch: { kind: "boolean", help: "Show them at work, which is what happens by itself." },
    detach: { kind: "boolean", help: "Only start it; another cadre goes on with it, or the next that runs." },
    plain: { kind: "boolean", help: "No picture: one line for each change." },
  },
  run: async (context, input) => {
    const { task } = input.values;
    if (task === undefined) {
      throw new AppError("invalid_input", "cannot research: nothing was asked", {
        hint: 'Write it like: cadre research "Which heat pumps suit an old house?" --budget 2usd',
      });
    }
    if (isSet(input, "watch") && isSet(input, "detach")) {
      throw new AppError("invalid_input", "cannot watch what is left to another", {
        hint: "Leave out --detach; or watch it later with cadre run watch.",
      });
    }
    const app = await context.open();
    if (!isSet(input, "detach")) app.worker.start();
    const pattern = lastOf(input, "pattern") ?? "research";
    const { file } = await app.workflows.use(context.workspace, pattern);
    const asked = Object.hasOwn(file.inputs, "query") ? "query" : "task";
    const { toolbox } = context;
    const given = {
      workflow: pattern,
      inputs: { [asked]: task, ...flagged(input, INPUTS) },
      wait: "0s",
      options: { executor: "server", ...flagged(input, ["budget", "timeout"]) },
    };
    const started = await toolbox.call(toolbox.find("run_start"), given, callOf(context, input.requestId));
    if (isSet(input, "detach")) return started;
    const id = String(started["id"]);
    const answer = await follow(context, app, input, id);
    const out = lastOf(input, "out");
    if (out !== undefined) writeReport(resolve(context.workspace, out), (await app.workflowRuns.state(id)).output);
    return answer;
  },
};

function lastOf(input: CommandInput, flag: string): string | undefined {
  return input.flags[flag]?.at(-1);
}

function flagged(input: CommandInput, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = lastOf(input, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** What of an output people read. */
function writeReport(path: string, output: unknown): void {
  const text = isRecord(output) ? (output["report"] ?? output["answer"] ?? output["text"]) : output;
  if (typeof text !== "string") return;
  try {
    writeFileSync(path, text);
  } catch (cause) {
    throw new AppError("failed", `cannot write ${path}: ${(cause as { code?: string }).code ?? "unknown failure"}`, {
      hint: "The report is in the output of the run: cadre run show.",
      cause,
    });
  }
}

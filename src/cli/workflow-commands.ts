import { WORKFLOWS } from "../workflows/workflow-library.ts";
import starter from "../workflows/workflow-starter.yaml" with { type: "text" };
import type { Command } from "./command.ts";
import { definitionCommands } from "./definition-commands.ts";

export const workflowCommands: readonly Command[] = definitionCommands({
  kind: WORKFLOWS,
  example: "release-train",
  starter,
  problems: async (context, text) => {
    const read = await (await context.open()).workflows.validate(text);
    return "problems" in read ? read.problems : [];
  },
});

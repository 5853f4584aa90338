import starter from "../tasks/templates/template-starter.yaml" with { type: "text" };
import { TEMPLATES } from "../tasks/templates/templates.ts";
import type { Command } from "./command.ts";
import { definitionCommands } from "./definition-commands.ts";

export const templateCommands: readonly Command[] = definitionCommands({
  kind: TEMPLATES,
  example: "release-train",
  starter,
});

import type { Server, ServerContext } from "@modelcontextprotocol/server";
import { AppError } from "../base/errors.ts";
import { wellFormed } from "../base/json.ts";
import { DESCRIPTION_CHARS_MAX } from "../base/limits.ts";
import { didYouMean, printable } from "../base/text.ts";
import type { Caller } from "../tools/caller.ts";
import { findPrompt, type Prompt, promptsOf } from "../tools/prompts.ts";
import type { Toolbox } from "../tools/toolbox.ts";
import { refuse } from "./refusal.ts";

/** The prompt table as MCP sees it. A project's templates are prompts too, so the list is that of its project. */
export function servePrompts(
  server: Server,
  toolbox: Toolbox,
  callerOf: (context: ServerContext) => Caller | Promise<Caller>,
): void {
  server.setRequestHandler("prompts/list", async (_request, context) => {
    const app = await toolbox.open().catch(refuse);
    const { workspace } = await callerOf(context);
    const prompts = await promptsOf(app, workspace).catch(refuse);
    return {
      prompts: prompts.map(({ name, title, description, arguments: given }) => ({
        name,
        title,
        description,
        arguments: given.map((one) => ({ name: one.name, description: one.description, required: one.isRequired })),
      })),
    };
  });

  server.setRequestHandler("prompts/get", async ({ params }, context) => {
    const app = await toolbox.open().catch(refuse);
    const { workspace } = await callerOf(context);
    const prompt = await findPrompt(app, workspace, params.name).catch(refuse);
    const text = await Promise.try(() => {
      const values = checkValues(prompt, params.arguments ?? {});
      return prompt.write(app, workspace, values);
    }).catch(refuse);
    return {
      description: prompt.description,
      messages: [{ role: "user" as const, content: { type: "text" as const, text } }],
    };
  });
}

/** What a client gave, bounded and complete. */
function checkValues(prompt: Prompt, given: Readonly<Record<string, string>>): Record<string, string> {
  const names = prompt.arguments.map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new AppError(
      "invalid_input",
      `cannot use ${prompt.name}: no argument ${printable(unknown.slice(0, SHOWN_CHARS))}`,
      {
        hint: didYouMean(unknown, names, names.length > 0 ? `It takes ${names.join(", ")}.` : "It takes none."),
      },
    );
  }
  const values = wellFormed({ ...given });
  const missing = prompt.arguments.find(({ name, isRequired }) => isRequired && !values[name]?.trim());
  if (missing) {
    throw new AppError("invalid_input", `cannot use ${prompt.name}: ${missing.name} is missing`, {
      hint: missing.description,
    });
  }
  const long = Object.keys(values).find((name) => (values[name]?.length ?? 0) > DESCRIPTION_CHARS_MAX);
  if (long === undefined) return values;
  throw new AppError(
    "too_large",
    `cannot use ${prompt.name}: ${long} is longer than ${DESCRIPTION_CHARS_MAX} characters`,
    {
      hint: "Say it shorter, or put it into a file of the project and name that.",
    },
  );
}

const SHOWN_CHARS = 100;

// What a plan says of tasks that work themselves: in a fenced block of their description.
import { AppError } from "../base/errors.ts";
import { isRecord, type Json, jsonIn } from "../base/json.ts";
import type { Worker } from "../base/kinds.ts";
import { LANGUAGES, type Language } from "../sandbox/program.ts";

export type PlanWork =
  | { readonly worker: "client" }
  | { readonly worker: "gate"; readonly message: string; readonly details: string }
  | { readonly worker: "code"; readonly language: Language; readonly code: string }
  | { readonly worker: "agent" }
  | { readonly worker: "tool"; readonly tool: string; readonly input: Record<string, Json> };

interface Told {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly worker: Worker;
}

const BLOCK = /```([\w+-]*)[^\n]*\n([\s\S]*?)\n?```/;
const SHORT: Readonly<Record<string, Language>> = { js: "javascript", ts: "typescript", py: "python", sh: "bash" };

/** Throws what is wrong with it, before anything runs. */
export function planWork({ id, title, description, worker }: Told): PlanWork {
  if (worker === "client" || worker === "agent") return { worker };
  if (worker === "gate") return { worker, message: title, details: description };
  const [, name = "", text = ""] = BLOCK.exec(description) ?? [];
  if (worker === "code") {
    const language = SHORT[name] ?? LANGUAGES.find((one) => one === name);
    if (language && text.trim() !== "") return { worker, language, code: text };
    throw cannotWork(
      id,
      "its description holds no block of code in a language of the sandbox",
      "```bash\necho hello\n```",
    );
  }
  const call = jsonIn(text);
  const input = isRecord(call) ? (call["input"] ?? {}) : undefined;
  if (isRecord(call) && typeof call["tool"] === "string" && isRecord(input))
    return { worker, tool: call["tool"], input: input as Record<string, Json> };
  throw cannotWork(
    id,
    "its description holds no block with a tool",
    '```json\n{"tool": "task_list", "input": {}}\n```',
  );
}

function cannotWork(id: string, why: string, example: string): AppError {
  return new AppError("invalid_input", `cannot run ${id}: ${why}`, {
    hint: `Change it with task_update, like: ${example}`,
  });
}

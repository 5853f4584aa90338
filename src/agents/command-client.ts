// A program of the user's that answers, like the command-line agent that they are logged in with: it gets the
// conversation as text, and what it prints is the answer.
import { AppError } from "../base/errors.ts";
import { isRecord, type Json } from "../base/json.ts";
import { clip, printable } from "../base/text.ts";
import type { Runtime } from "../runtime/runtime.ts";
import type { Message, ModelClient, ModelEvent, ModelRequest } from "./model-client.ts";
import { Waiting } from "./waiting.ts";

export interface RunCommand {
  readonly runtime: Runtime;
  /** Where it is started: a folder of ours, so that it takes no project for its own. */
  readonly folder: string;
}

const SAID_CHARS_MAX = 300;

export class CommandClient implements ModelClient {
  readonly #name: string;
  readonly #command: readonly string[];
  readonly #run: RunCommand;

  constructor(name: string, command: readonly string[], run: RunCommand) {
    this.#name = name;
    this.#command = command;
    this.#run = run;
  }

  async *stream(request: ModelRequest, signal: AbortSignal): AsyncGenerator<ModelEvent> {
    if (request.tools.length > 0) {
      throw new AppError("invalid_input", `${this.#name} is a program of yours: it takes no tools of cadre`, {
        hint: "Name a model for agents with tools, or let the program have its own.",
      });
    }
    const { runtime, folder } = this.#run;
    const pieces = new Waiting<string>();
    let errors = "";
    const decoder = new TextDecoder();
    const started = await runtime
      .start(this.#command as [string, ...string[]], {
        env: definedIn(runtime.host.env),
        cwd: folder,
        onOutput: (stream, bytes) => {
          if (stream === "stdout") pieces.push(decoder.decode(bytes, { stream: true }));
          else errors = clip(errors + Buffer.from(bytes).toString(), SAID_CHARS_MAX);
        },
      })
      .catch((cause: unknown) => {
        throw new AppError("unavailable", `cannot start ${this.#command[0]}`, {
          hint: `Look at providers.${this.#name}.command in models.yaml.`,
          cause,
        });
      });
    const stop = () => void runtime.host.killGroup(started.pid);
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    let text = "";
    try {
      started
        .write(promptOf(request))
        .then(() => started.endInput())
        .catch(() => {});
      const ended = Promise.all([started.ended, started.drained]).finally(() => pieces.end());
      for await (const piece of pieces) {
        text += piece;
        yield { type: "text", text: piece };
      }
      signal.throwIfAborted();
      const [{ exit, signal: killedBy }] = await ended;
      if (exit !== 0) {
        throw new AppError("unavailable", `${this.#name} ended with ${exit ?? killedBy}: ${printable(errors)}`, {
          hint: `Try in a terminal: ${this.#command.join(" ")}`,
        });
      }
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
    const usage = { input: undefined, cached: undefined, output: undefined };
    yield { type: "end", content: [{ type: "text", text }], calls: [], finish: "stop", usage };
  }
}

function promptOf({ messages, output }: ModelRequest): string {
  const form = output ? `\n\nAnswer with nothing but JSON of this form:\n${JSON.stringify(output)}` : "";
  return messages.map(textOf).join("\n\n") + form;
}

function textOf(message: Message): string {
  if (message.from === "assistant") return `You said:\n${message.content.map(saidIn).join("")}`;
  return message.from === "tools" ? "" : message.text;
}

function saidIn(part: Json): string {
  return isRecord(part) && part["type"] === "text" ? String(part["text"]) : "";
}

function definedIn(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

// The tools that a program calls: bounded in number and size, and told by the execution.
import type { NestedTools } from "../base/call-tool.ts";
import type { Clock } from "../base/clock.ts";
import { AppError, toAppError } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { CODE_TOOL_CALLS_AT_ONCE, CODE_TOOL_CALLS_MAX, CODE_TOOL_CHARS_MAX } from "../base/limits.ts";
import { Turns } from "./turns.ts";

export interface ToolCalled {
  readonly tool: string;
  readonly ms: number;
  /** ok, or the code of its error. */
  readonly outcome: string;
}

export class ToolCalls {
  readonly made: ToolCalled[] = [];
  readonly #tools: NestedTools;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #turns = new Turns(CODE_TOOL_CALLS_AT_ONCE, CODE_TOOL_CALLS_MAX);
  #begun = 0;

  constructor(tools: NestedTools, clock: Clock, signal: AbortSignal) {
    this.#tools = tools;
    this.#clock = clock;
    this.#signal = signal;
  }

  get names(): readonly string[] {
    return this.#tools.names;
  }

  /** JSON in, JSON out: nothing else crosses. */
  async call(name: string, input: string): Promise<string> {
    const started = this.#clock.elapsed();
    let outcome = "ok";
    try {
      if (++this.#begun > CODE_TOOL_CALLS_MAX) throw tooMuch(`more than ${CODE_TOOL_CALLS_MAX} tools`);
      if (input.length > CODE_TOOL_CHARS_MAX) throw tooMuch("a tool with an input of that size");
      await using _turn = await this.#turns.take(this.#signal);
      const answer = JSON.stringify(await this.#tools.call(name, parseJson(input, "its input")));
      if (answer.length > CODE_TOOL_CHARS_MAX) throw tooMuch(`${name}: its answer is larger than a program may take`);
      return answer;
    } catch (thrown) {
      outcome = toAppError(thrown).code;
      throw thrown;
    } finally {
      const ms = Math.round(this.#clock.elapsed() - started);
      if (this.made.length < CODE_TOOL_CALLS_MAX) this.made.push({ tool: name, ms, outcome });
    }
  }
}

function tooMuch(what: string): AppError {
  return new AppError("too_large", `cannot call ${what}`, { hint: "Ask for less at once, and for smaller pages." });
}

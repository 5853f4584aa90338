import type { Clock } from "../base/clock.ts";
import { AppError, toAppError } from "../base/errors.ts";
import { didYouMean, printable } from "../base/text.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { allows, type Filter, lists } from "./filter.ts";
import { nestedTools } from "./nested-tools.ts";
import { parseInput } from "./parse-input.ts";
import { runInTime } from "./running-call.ts";
import type { App, Call, Tool } from "./tool.ts";

interface ToolboxParts {
  readonly table: readonly Tool[];
  /** Opens the database at the first call: a client that only lists tools never waits for it. */
  readonly open: () => Promise<App>;
  /** What whoever runs this program, and the project it works in, have chosen. */
  readonly filters: readonly Filter[];
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Log;
}

/** The tool table with all that it takes to run one. Every face calls tools through `call`, and only so. */
export class Toolbox {
  readonly #parts: ToolboxParts;
  readonly #byName: ReadonlyMap<string, Tool>;

  constructor(parts: ToolboxParts) {
    this.#parts = parts;
    this.#byName = new Map(parts.table.map((tool) => [tool.name, tool]));
  }

  get table(): readonly Tool[] {
    return this.#parts.table;
  }

  /** The tools that stand in this caller's list. */
  listed(filter: Filter = {}): Tool[] {
    return this.#parts.table.filter((tool) => lists([...this.#parts.filters, filter], tool));
  }

  /** The tools that this caller may call. */
  allowed(filter: Filter = {}): Tool[] {
    return this.#parts.table.filter((tool) => allows([...this.#parts.filters, filter], tool));
  }

  /** The tool of this name, when this caller may call it. */
  find(name: string, filter: Filter = {}): Tool {
    const tool = this.#byName.get(name);
    if (tool && allows([...this.#parts.filters, filter], tool)) return tool;
    if (tool) {
      throw new AppError("forbidden", `cannot call ${name}: it is switched off here`, {
        hint: "Whoever runs this server chose its tools with --toolsets, --tools, --exclude-tools or --read-only.",
      });
    }
    const names = this.allowed(filter).map((known) => known.name);
    throw new AppError("not_found", `no tool ${printable(name.slice(0, NAME_SHOWN_MAX))}`, {
      hint: didYouMean(name, names, "List the tools to see their names."),
    });
  }

  /** The parts that resources and prompts read from; opens them when nobody has yet. */
  open(): Promise<App> {
    return this.#parts.open();
  }

  /** Parse, run, check the answer, count, log. */
  async call(tool: Tool, raw: unknown, call: Call): Promise<Record<string, unknown>> {
    const { clock, metrics, log, timeoutMs } = this.#parts;
    const started = clock.elapsed();
    let outcome = "ok";
    try {
      const input = parseInput(tool, raw);
      const app = await this.#parts.open();
      const nested = (named: readonly string[]) =>
        nestedTools(this.allowed(call.filter), call, named, (inner, given, innerCall) =>
          this.call(inner, given, innerCall),
        );
      const answer = await runInTime(
        tool,
        { ...call, nested, allowed: () => this.allowed(call.filter) },
        { clock, timeoutMs: timeOf(tool, input, timeoutMs) },
        (running) => tool.run(app, input, running),
      );
      return tool.output.parse(answer);
    } catch (thrown) {
      const error = toAppError(thrown);
      outcome = error.code;
      const fields = { tool: tool.name, code: error.code, request_id: call.requestId, trace_id: call.traceId };
      if (error.code === "internal") log.error("tool failed", { ...fields, cause: error.cause });
      else log.debug("tool refused", { ...fields, message: error.message });
      throw error;
    } finally {
      const seconds = (clock.elapsed() - started) / 1_000;
      metrics.toolCalls.add({ tool: tool.name, face: call.face, outcome });
      metrics.toolSeconds.observe({ tool: tool.name }, seconds);
      log.debug("tool called", {
        tool: tool.name,
        face: call.face,
        outcome,
        seconds,
        request_id: call.requestId,
        trace_id: call.traceId,
      });
    }
  }
}

function timeOf(tool: Tool, input: Record<string, unknown>, usualMs: number): number {
  return Math.max(usualMs, tool.timeLimitMs?.(input) ?? 0);
}

const NAME_SHOWN_MAX = 100;

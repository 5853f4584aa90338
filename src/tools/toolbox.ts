import type { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { AppError, type FieldProblem, toAppError } from "../base/errors.ts";
import { isRecord, wellFormed } from "../base/json.ts";
import { didYouMean, printable } from "../base/text.ts";
import type { Log } from "../observe/log.ts";
import type { Metrics } from "../observe/metrics.ts";
import { allows, type Filter, lists } from "./filter.ts";
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
    const { clock, metrics, log } = this.#parts;
    const started = clock.elapsed();
    let outcome = "ok";
    try {
      const input = parseInput(tool, raw);
      const app = await this.#parts.open();
      call.signal.throwIfAborted();
      const answer = await this.#withDeadline(tool, call.signal, (signal) => tool.run(app, input, { ...call, signal }));
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

  /** No call waits for ever: not for its work, and not after its caller has gone. */
  async #withDeadline<T>(tool: Tool, outer: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const inner = new AbortController();
    const late = new AppError("timeout", `cannot finish ${tool.name}: it took longer than its time`, {
      hint: "Try again with less to do, or give calls more time with the setting call_timeout.",
    });
    const timer = setTimeout(() => inner.abort(late), this.#parts.timeoutMs);
    const forward = () => inner.abort(outer.reason);
    outer.addEventListener("abort", forward, { once: true });
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    inner.signal.addEventListener("abort", () => reject(inner.signal.reason), { once: true });
    try {
      return await Promise.race([work(inner.signal), aborted]);
    } finally {
      clearTimeout(timer);
      outer.removeEventListener("abort", forward);
    }
  }
}

const NAME_SHOWN_MAX = 100;
const FIELDS_SHOWN_MAX = 10;

function parseInput(tool: Tool, raw: unknown): Record<string, unknown> {
  if (!isRecord(raw)) {
    throw new AppError("invalid_input", `cannot call ${tool.name}: its input is not an object`, {
      hint: `Send an object with ${Object.keys(tool.input.shape).join(", ") || "no keys"}.`,
    });
  }
  const value = wellFormed(raw);
  const problems = unknownKeys(tool, value);
  const parsed = tool.input.safeParse(value);
  if (parsed.success && problems.length === 0) return parsed.data;
  problems.push(...(parsed.error?.issues ?? []).slice(0, FIELDS_SHOWN_MAX).map(toProblem));
  const list = problems.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
  throw new AppError("invalid_input", `cannot call ${tool.name}: ${list}`, {
    hint: inputHint(tool, value),
    fields: problems,
  });
}

function unknownKeys(tool: Tool, value: Record<string, unknown>): FieldProblem[] {
  const known = Object.keys(tool.input.shape);
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .slice(0, FIELDS_SHOWN_MAX)
    .map((key) => ({ path: printable(key.slice(0, NAME_SHOWN_MAX)), message: "no such input" }));
}

function toProblem(issue: z.core.$ZodIssue): FieldProblem {
  return { path: issue.path.map(String).join("."), message: printable(issue.message.slice(0, MESSAGE_SHOWN_MAX)) };
}

const MESSAGE_SHOWN_MAX = 300;

function inputHint(tool: Tool, value: Record<string, unknown>): string {
  const known = Object.keys(tool.input.shape);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) return didYouMean(unknown, known, `${tool.name} takes ${known.join(", ")}.`);
  return `${tool.name} takes ${known.join(", ")}; --help and tools/list say how.`;
}

// JavaScript in QuickJS, compiled to WebAssembly. Invariants: each program gets an instance with a memory of its own,
// whose maximum the runtime enforces; only texts and numbers cross between the program and this process.
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime } from "quickjs-emscripten-core";
import type { Clock } from "../../base/clock.ts";
import { CODE_MEMORY_BYTES, WAIT_MS_MAX } from "../../base/limits.ts";
import type { LinePipe } from "../../base/line-pipe.ts";
import bytesGlobals from "./guest/bytes.guest.js" with { type: "text" };
import cloneGlobals from "./guest/clone.guest.js" with { type: "text" };
import showValues from "./guest/show.guest.js" with { type: "text" };
import urlGlobals from "./guest/url.guest.js" with { type: "text" };
import { GuestOutput } from "./guest-output.ts";
import { GuestTimers } from "./guest-timers.ts";
import { GUEST_FILE, type Instance, instantiate } from "./instance.ts";
import type { EngineResult, FromEngine, ProgramError, ScriptJob, ToEngine } from "./job.ts";
import { stripTypes, UnsupportedSyntax } from "./typescript.ts";

export interface Outside {
  readonly clock: Clock;
  readonly lines: LinePipe;
  say(message: FromEngine): void;
  transpile(code: string): Promise<string>;
}

/** Global code with top-level await; the answer is a promise of { value }. */
const ASYNC_SCRIPT = 1 << 7;
const JOBS_AT_ONCE = 1_000;
/** For what is asked of the program after its end, like the text of its error. */
const AFTERMATH_MS = 200;

let prepared: Instance | undefined;

/** Makes the next program's instance while nobody waits. */
export async function prepare(memoryBytes = CODE_MEMORY_BYTES): Promise<void> {
  prepared ??= await instantiate(memoryBytes);
}

async function take(memoryBytes: number): Promise<Instance> {
  const instance = prepared;
  prepared = undefined;
  return instance?.memoryBytes === memoryBytes ? instance : instantiate(memoryBytes);
}

/** Of the kernel that this engine is then. */
let kept: Promise<Instance> | undefined;

function keptInstance(memoryBytes: number): Promise<Instance> {
  kept ??= take(memoryBytes);
  return kept;
}

/** Globals that are evaluated when a program first asks for them: most never do, and each costs a millisecond. */
const LAZY_GLOBALS: Readonly<Record<string, string>> = {
  bytes: bytesGlobals,
  clone: cloneGlobals,
  url: urlGlobals,
  show: showValues,
};

export async function runScript(job: ScriptJob, outside: Outside): Promise<EngineResult> {
  const started = outside.clock.elapsed();
  const source = await sourceOf(job, outside);
  if (typeof source !== "string") return { status: "error", error: source };
  const instance = job.isCell ? await keptInstance(job.limits.memoryBytes) : await take(job.limits.memoryBytes);
  const program = new Program(job, instance, outside, started);
  const result = await program.run(source);
  // The memory only grows: what it is now is the most that the program took.
  return { ...result, peak_bytes: instance.memory.buffer.byteLength };
}

async function sourceOf({ language, code }: ScriptJob, outside: Outside): Promise<string | ProgramError> {
  if (language === "javascript") return code;
  try {
    return await stripTypes(code, outside.transpile);
  } catch (cause) {
    if (cause instanceof UnsupportedSyntax) return { name: cause.name, message: cause.message };
    if (cause instanceof RangeError) throw cause;
    const { message, loc } = cause as { message?: string; loc?: { line?: number } };
    return {
      name: "SyntaxError",
      message: String(message ?? cause).replace(/^Error transforming [^:]*: /, ""),
      ...(loc?.line === undefined ? {} : { line: loc.line }),
    };
  }
}

const FOR_NODE = 'This engine has no modules, no files and no network: choose engine "bun" for those.';

/** The program was written for Node, or for a browser. */
function isForNode(code: string, message: string): boolean {
  if (/'(require|module|process|Buffer|Bun|Deno|fetch|XMLHttpRequest|__dirname)' is not defined/.test(message))
    return true;
  return /^\s*(import\s[^(]|export\s)/m.test(code);
}

class Program {
  readonly #job: ScriptJob;
  readonly #outside: Outside;
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  readonly #output: GuestOutput;
  readonly #timers = new GuestTimers();
  readonly #endMs: number;
  readonly #run: QuickJSHandle;
  readonly #settle: QuickJSHandle;
  readonly #resultOf: QuickJSHandle;
  readonly #errorOf: QuickJSHandle;
  /** The interruption may be swallowed by the program: this is what counts. */
  #isCut = false;
  #calls = 0;
  #openCalls = 0;
  #nextLine: Promise<string | undefined> | undefined;

  constructor(job: ScriptJob, { runtime, context, guest }: Instance, outside: Outside, started: number) {
    this.#job = job;
    this.#outside = outside;
    this.#endMs = started + job.limits.wallMs;
    this.#output = new GuestOutput(job.limits.outputBytes, outside);
    this.#runtime = runtime;
    this.#context = context;
    this.#run = context.getProp(guest, "run");
    this.#settle = context.getProp(guest, "settle");
    this.#resultOf = context.getProp(guest, "result");
    this.#errorOf = context.getProp(guest, "error");
    const { args, tools, input } = job;
    const given = context.newString(JSON.stringify({ args, tools, ...(input === undefined ? {} : { input }) }));
    const setUp = context.getProp(guest, "setUp");
    context.unwrapResult(context.callFunction(setUp, context.undefined, this.#hostFunctions(), given));
    runtime.setInterruptHandler(() => this.#isOver());
  }

  async run(source: string): Promise<EngineResult> {
    const file = this.#job.language === "typescript" ? "main.ts" : "main.js";
    const begun = this.#context.evalCode(source, file, ASYNC_SCRIPT);
    if (begun.error) return this.#failed(begun.error);
    const cut = await this.#untilQuiet();
    this.#output.flush();
    if (cut) return cut;
    const state = this.#context.getPromiseState(begun.value);
    if (state.type === "rejected") return this.#failed(state.error);
    if (state.type === "pending") {
      return {
        status: "error",
        error: { name: "Error", message: "the program awaits something that never comes" },
      };
    }
    return this.#completed(this.#context.getProp(state.value, "value"));
  }

  /** Runs what is due, until nothing is left to wait for. */
  async #untilQuiet(): Promise<EngineResult | undefined> {
    for (;;) {
      const problem = this.#runJobs() ?? this.#runTimers();
      if (problem) return problem;
      if (this.#runtime.hasPendingJob()) continue;
      if (this.#timers.isEmpty && this.#openCalls === 0) return undefined;
      const failure = await this.#wait();
      if (failure) return failure;
    }
  }

  #runTimers(): EngineResult | undefined {
    const due = this.#timers.takeDue(this.#outside.clock.elapsed());
    if (due === undefined) return undefined;
    const ran = this.#context.callFunction(this.#run, this.#context.undefined, this.#context.newNumber(due));
    if (ran.error) return this.#failed(ran.error);
    ran.value.dispose();
    return undefined;
  }

  /** For the next timer, or for the answer of a tool. */
  async #wait(): Promise<EngineResult | undefined> {
    const { clock } = this.#outside;
    this.#output.flush();
    const waitMs = Math.max(0, Math.min(this.#timers.nextMs, this.#endMs) - clock.elapsed());
    if (this.#openCalls === 0) await clock.sleep(waitMs);
    else {
      const problem = await this.#answerWithin(waitMs);
      if (problem) return problem;
    }
    return this.#isOver() ? this.#cut() : undefined;
  }

  #runJobs(): EngineResult | undefined {
    while (this.#runtime.hasPendingJob()) {
      const jobs = this.#runtime.executePendingJobs(JOBS_AT_ONCE);
      if (this.#isOver()) return this.#cut();
      if (jobs.error) return this.#failed(jobs.error);
    }
    return this.#isOver() ? this.#cut() : undefined;
  }

  /** Waits for the server's answer to a tool that the program called, or until a timer is due. */
  async #answerWithin(waitMs: number): Promise<EngineResult | undefined> {
    this.#nextLine ??= this.#outside.lines.next();
    const awake = new AbortController();
    const line = await Promise.race([
      this.#nextLine,
      this.#outside.clock.sleep(Math.min(waitMs, WAIT_MS_MAX), awake.signal).then(() => "" as const),
    ]);
    awake.abort();
    if (line === "") return undefined;
    this.#nextLine = undefined;
    if (line === undefined) return { status: "error", error: { name: "Error", message: "the server has gone" } };
    const message = JSON.parse(line) as Exclude<ToEngine, { job: unknown }>;
    this.#openCalls--;
    const isOk = "answer" in message;
    const context = this.#context;
    const settled = context.callFunction(
      this.#settle,
      context.undefined,
      context.newNumber(message.call),
      isOk ? context.true : context.false,
      context.newString(isOk ? message.answer : message.error),
    );
    if (settled.error) return this.#failed(settled.error);
    settled.value.dispose();
    return undefined;
  }

  #isOver(): boolean {
    this.#isCut ||= this.#outside.clock.elapsed() > this.#endMs || this.#output.isFlooded;
    return this.#isCut;
  }

  #cut(): EngineResult {
    this.#output.flush();
    const common = { spent: true, ...(this.#output.isTruncated ? { truncated: true } : {}) };
    if (this.#output.isFlooded) return { status: "limit", limit: "output", ...common };
    return { status: "timeout", limit: "wall", ...common };
  }

  #completed(value: QuickJSHandle): EngineResult {
    this.#grantAftermath();
    const given = this.#context.callFunction(this.#resultOf, this.#context.undefined, value);
    if (given.error) return this.#failed(given.error);
    const truncated = this.#output.isTruncated ? { truncated: true } : {};
    if (this.#context.typeof(given.value) !== "string") return { status: "completed", ...truncated };
    const length = this.#context.getNumber(this.#context.getProp(given.value, "length"));
    if (length > this.#job.limits.outputBytes) return { status: "completed", truncated: true };
    return { status: "completed", result: this.#context.getString(given.value), ...truncated };
  }

  #failed(thrown: QuickJSHandle): EngineResult {
    if (this.#isCut) return this.#cut();
    this.#grantAftermath();
    this.#output.flush();
    const error = this.#readError(thrown);
    if (error.message === "interrupted") return this.#cut();
    const truncated = this.#output.isTruncated ? { truncated: true } : {};
    if (error.message === "out of memory" || /too large to allocate/.test(error.message))
      return { status: "limit", limit: "memory", error, spent: true, ...truncated };
    return { status: "error", error, ...truncated };
  }

  #readError(thrown: QuickJSHandle): ProgramError {
    const read = this.#context.callFunction(this.#errorOf, this.#context.undefined, thrown);
    if (read.error) return { name: "Error", message: "the program threw what cannot be shown" };
    const { name, message, stack } = JSON.parse(this.#context.getString(read.value)) as Record<string, string>;
    const hint = isForNode(this.#job.code, message ?? "") ? FOR_NODE : undefined;
    const line = /main\.[jt]s:(\d+)/.exec(stack ?? "")?.[1];
    return {
      name: name || "Error",
      message: message ?? "",
      ...(hint === undefined ? {} : { hint }),
      ...(line === undefined ? {} : { line: Number(line) }),
      ...(stack
        ? {
            stack: stack
              .split("\n")
              .filter((row) => !row.includes(`(${GUEST_FILE}:`))
              .join("\n")
              .trimEnd(),
          }
        : {}),
    };
  }

  #grantAftermath(): void {
    const until = this.#outside.clock.elapsed() + AFTERMATH_MS;
    this.#runtime.setInterruptHandler(() => this.#outside.clock.elapsed() > until);
  }

  /** All that the program's side can ask of this process. */
  #hostFunctions(): QuickJSHandle {
    const context = this.#context;
    const table = context.newObject();
    const offer = (name: string, work: (...values: QuickJSHandle[]) => QuickJSHandle | { error: QuickJSHandle }) =>
      context.newFunction(name, work).consume((handle) => context.setProp(table, name, handle));
    const numberOf = (handle: QuickJSHandle | undefined) => (handle ? context.getNumber(handle) : 0);
    const textOf = (handle: QuickJSHandle | undefined) => (handle ? context.getString(handle) : "");
    offer("write", (stream, text) => {
      this.#output.write(numberOf(stream) === 2 ? "stderr" : "stdout", textOf(text));
      return context.undefined;
    });
    offer("startTimer", (id, delay, repeats) => {
      const isAdded = this.#timers.add(
        numberOf(id),
        this.#outside.clock.elapsed(),
        numberOf(delay),
        numberOf(repeats) === 1,
      );
      return isAdded ? context.undefined : { error: context.newError("too many timers") };
    });
    offer("clearTimer", (id) => {
      this.#timers.clear(numberOf(id));
      return context.undefined;
    });
    offer("evaluate", (name) => context.unwrapResult(context.evalCode(LAZY_GLOBALS[textOf(name)] ?? "", GUEST_FILE)));
    offer("now", () => context.newNumber(this.#outside.clock.elapsed()));
    offer("randomUuid", () => context.newString(crypto.randomUUID()));
    offer("callTool", (name, input) => {
      const call = ++this.#calls;
      this.#openCalls++;
      this.#outside.say({ says: "call", call, tool: textOf(name), input: textOf(input) });
      return context.newNumber(call);
    });
    return table;
  }
}

import type { Agent } from "../base/agent.ts";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { WorkspaceSource } from "../base/workspace-source.ts";
import type { Call, Face, Tool } from "./tool.ts";

interface Bounds {
  readonly clock: Clock;
  readonly timeoutMs: number;
}

/** Answers what `work` does, unless its time is over or its caller goes before: no call waits for ever. */
export function runInTime<T>(
  tool: Pick<Tool, "name">,
  outer: Call,
  { clock, timeoutMs }: Bounds,
  work: (call: Call) => Promise<T>,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (outer.signal.aborted) return reject(cancelled(tool, outer.signal.reason));
    const call = new RunningCall(outer, reject);
    const forward = () => call.stop(cancelled(tool, outer.signal.reason));
    const started = clock.elapsed();
    let stopTimer: (() => void) | undefined;
    // Most calls are done in the turn of the event loop that they began in, and a timer and a listener would cost
    // more than they do. Nothing can end a call in that turn: no timer and no caller is heard before the next.
    const watch = setImmediate(() => {
      if (outer.signal.aborted) return forward();
      outer.signal.addEventListener("abort", forward, { once: true });
      stopTimer = clock.after(timeoutMs - (clock.elapsed() - started), () => call.stop(late(tool)));
    });
    const leave = () => {
      clearImmediate(watch);
      if (!stopTimer) return;
      outer.signal.removeEventListener("abort", forward);
      stopTimer();
    };
    Promise.try(() => work(call)).then(
      (answer) => {
        leave();
        resolve(answer);
      },
      (error: unknown) => {
        leave();
        reject(error);
      },
    );
  });
}

/** A call as the tool sees it. Most tools never ask for the signal: it is made for those that do. */
class RunningCall implements Call {
  readonly requestId: string;
  readonly traceId: string | undefined;
  readonly face: Face;
  readonly workspace: string;
  readonly workspaceFrom: WorkspaceSource;
  readonly agent: Agent;
  readonly filter: Call["filter"];
  readonly depth: Call["depth"];
  readonly runs: Call["runs"];
  readonly nested: Call["nested"];
  readonly allowed: Call["allowed"];
  readonly progress: Call["progress"];
  readonly onOutput: Call["onOutput"];
  readonly ask: Call["ask"];
  readonly resumed: Call["resumed"];
  readonly #refuse: (error: AppError) => void;
  #controller: AbortController | undefined;
  #reason: AppError | undefined;

  constructor(outer: Call, refuse: (error: AppError) => void) {
    this.requestId = outer.requestId;
    this.traceId = outer.traceId;
    this.face = outer.face;
    this.workspace = outer.workspace;
    this.workspaceFrom = outer.workspaceFrom;
    this.agent = outer.agent;
    this.filter = outer.filter;
    this.depth = outer.depth;
    this.runs = outer.runs;
    this.allowed = outer.allowed;
    this.nested = outer.nested;
    this.progress = outer.progress;
    this.onOutput = outer.onOutput;
    this.ask = outer.ask;
    this.resumed = outer.resumed;
    this.#refuse = refuse;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#reason) this.#controller.abort(this.#reason);
    return this.#controller.signal;
  }

  stop(error: AppError): void {
    this.#reason = error;
    this.#controller?.abort(error);
    this.#refuse(error);
  }
}

function late(tool: Pick<Tool, "name">): AppError {
  return new AppError("timeout", `cannot finish ${tool.name}: it took longer than its time`, {
    hint: "Try again with less to do, or give calls more time with the setting call_timeout.",
  });
}

/** Whatever reason the caller's face gave its signal: here it means that nobody waits any more. */
function cancelled(tool: Pick<Tool, "name">, cause: unknown): AppError {
  return new AppError("cancelled", `cannot finish ${tool.name}: the call was cancelled`, {
    hint: "Call again if the answer is still wanted.",
    cause,
  });
}

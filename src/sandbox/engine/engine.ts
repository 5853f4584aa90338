// `cadre internal engine`: runs one program after the other, each in an instance of its own. It is confined like
// every program, and whatever a program makes of it, only lines of text leave it.
import { writeSync } from "node:fs";
import { systemClock } from "../../base/clock.ts";
import { LinePipe } from "../../base/line-pipe.ts";
import type { Runtime } from "../../runtime/runtime.ts";
import type { EngineResult, FromEngine, Job, ToEngine } from "./job.ts";

export async function runEngine(runtime: Runtime): Promise<number> {
  // Loaded, and the first instance made, before there is anything to do.
  const quickjs = await import("./quickjs.ts");
  await quickjs.prepare();
  const lines = new LinePipe(runtime.stdin());
  for (;;) {
    say({ says: "ready" });
    const line = await lines.next();
    if (line === undefined) return 0;
    const { job } = JSON.parse(line) as Extract<ToEngine, { job: Job }>;
    const before = runtime.host.cpuSeconds();
    const result = await runJob(runtime, job, lines);
    say({ says: "result", result: { ...result, cpu_ms: Math.round((runtime.host.cpuSeconds() - before) * 1_000) } });
    if (job.language !== "sql" && !job.isCell) await quickjs.prepare();
  }
}

async function runJob(runtime: Runtime, job: Job, lines: LinePipe): Promise<EngineResult> {
  try {
    if (job.language === "sql") return await (await import("./sql.ts")).runSql(job);
    const { runScript } = await import("./quickjs.ts");
    return await runScript(job, {
      clock: systemClock,
      lines,
      say,
      transpile: (code) => runtime.transpile(code),
    });
  } catch (cause) {
    // The engine's own failure, caused by the program: the instance, and this process, are not used again.
    const message = cause instanceof Error ? cause.message : String(cause);
    return {
      status: "error",
      error: { name: "EngineError", message: message.slice(0, MESSAGE_CHARS_MAX) },
      spent: true,
    };
  }
}

const MESSAGE_CHARS_MAX = 2_000;
const STDOUT = 1;

/** At once: the program may keep this process busy until it is killed. */
export function say(message: FromEngine): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (cause) {
      if ((cause as { code?: string }).code !== "EAGAIN") throw cause;
      systemClock.nap();
    }
  }
}

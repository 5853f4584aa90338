// Many programs, one after the other and many at once: nothing of them stays behind.
import { readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { systemClock } from "../../src/base/clock.ts";
import { openTestApp, type TestApp } from "../harness/app.ts";
import { until } from "../harness/condition.ts";

const PROGRAMS: readonly Record<string, unknown>[] = [
  { language: "bash", code: "echo hello; sleep 600 & disown" },
  { language: "javascript", code: "console.log('hello')" },
  { language: "python", code: "print('hello')" },
  { language: "sql", code: "SELECT 1" },
  { language: "javascript", code: "for (;;);", timeout: "100ms" },
  { language: "bash", code: "exit 7" },
  { language: "typescript", code: "const a: number = 1; a" },
  { language: "bash", code: "sleep 600", timeout: "200ms" },
];

export interface Leftovers {
  /** By status. */
  readonly ended: Readonly<Record<string, number>>;
  /** Each of these is nothing when all is well. */
  readonly processes: readonly string[];
  readonly handles: number;
  readonly folders: readonly string[];
  readonly running: number;
}

/** `inRow` one after the other, then `atOnce` in parallel. */
export async function manyPrograms(inRow: number, atOnce: number): Promise<Leftovers> {
  const app = await openTestApp({ clock: systemClock });
  const ended: Record<string, number> = {};
  const run = async (at: number) => {
    const { status } = await app.call("code_run", PROGRAMS[at % PROGRAMS.length]);
    ended[String(status)] = (ended[String(status)] ?? 0) + 1;
  };
  try {
    for (let at = 0; at < PROGRAMS.length; at++) await run(at); // What stays ready from now on is no leak.
    const before = { processes: childrenOf(process.pid), handles: handles() };
    for (let at = 0; at < inRow; at++) await run(at);
    await Promise.all(Array.from({ length: atOnce }, (_none, at) => run(at)));
    const running = await stillRunning(app);
    await app.close();
    // What was ready before is gone now, too.
    await until(() => childrenOf(process.pid).length === 0, "no child is left");
    return {
      ended,
      processes: childrenOf(process.pid),
      handles: Math.max(0, handles() - before.handles),
      folders: readdirSync(tmpdir()).filter((name) => name.startsWith(`cadre-run-${process.pid}-`)),
      running,
    };
  } catch (cause) {
    await app.close();
    throw cause;
  }
}

async function stillRunning(app: TestApp<typeof systemClock>): Promise<number> {
  const rows = await app.sql.all("SELECT COUNT(*) AS open FROM execution WHERE status IN ('queued', 'running')");
  return Number(rows[0]?.["open"]);
}

function childrenOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "latin1")
      .split(" ")
      .filter((one) => one.trim() !== ""),
  );
}

function handles(): number {
  return readdirSync("/proc/self/fd").length;
}

if (import.meta.main) console.log(JSON.stringify(await manyPrograms(Number(process.argv[2]), Number(process.argv[3]))));

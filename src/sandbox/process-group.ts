import type { Runtime } from "../runtime/runtime.ts";
import type { Limits } from "./limits.ts";

/** A process and all that it has started, as what can be ended at once. */
export interface ProcessGroup {
  kill(): void;
  /** When it has ended: nothing of it stays behind. */
  close(): void;
}

/** A group where there are groups, a job on Windows. */
export async function groupOf(runtime: Runtime, pid: number, limits: Limits): Promise<ProcessGroup> {
  const { host } = runtime;
  const kill = () => {
    host.killGroup(pid);
  };
  if (host.platform !== "win32") return { kill, close: kill };
  const { JobObject } = await import("./windows/job-object.ts");
  try {
    return JobObject.hold(await runtime.kernel32(), pid, limits);
  } catch (cause) {
    kill(); // What nothing holds does not run.
    throw cause;
  }
}

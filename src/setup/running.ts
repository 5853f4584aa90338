import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import type { Host } from "../runtime/runtime.ts";

const LOOK_MS = 2_000;

/** Whether an application runs that writes its own file anew; false where nobody can tell. */
export async function isRunning(
  { linux, darwin, win32 }: Readonly<Record<"linux" | "darwin" | "win32", string>>,
  host: Pick<Host, "run" | "platform">,
  clock: Clock,
): Promise<boolean> {
  using alarm = setAlarm(clock, LOOK_MS);
  const { signal } = alarm;
  try {
    if (host.platform === "win32") {
      const { stdout } = await host.run(["tasklist", "/FI", `IMAGENAME eq ${win32}`, "/NH"], { signal });
      return stdout.toLowerCase().includes(win32.toLowerCase());
    }
    const { exit } = await host.run(["pgrep", "-x", host.platform === "darwin" ? darwin : linux], { signal });
    return exit === 0;
  } catch {
    return false;
  }
}

import { setTimeout as pause } from "node:timers/promises";

const LOOK_MS = 2;
const WAIT_MS_MAX = 20_000;

/** Waits for what must become true, however fast the machine is. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  waitMsMax = WAIT_MS_MAX,
): Promise<void> {
  const end = performance.now() + waitMsMax;
  while (!(await isTrue())) {
    if (performance.now() > end) throw new Error(`waited in vain until ${what}`);
    await pause(LOOK_MS);
  }
}

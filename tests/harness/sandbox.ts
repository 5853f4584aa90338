import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import { Sandbox } from "../../src/sandbox/sandbox.ts";

/** A sandbox of this process; packages are kept in a folder that only tests of packages make. */
export function openSandbox(packageFolder = join(tmpdir(), "cadre-no-packages")): Sandbox {
  return new Sandbox(runtime, systemClock, packageFolder);
}

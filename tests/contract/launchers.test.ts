import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { systemClock } from "../../src/base/clock.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { Started } from "../../src/runtime/runtime.ts";
import { confine, type Plan } from "../../src/sandbox/confine.ts";
import { Launchers } from "../../src/sandbox/launchers.ts";
import { LIMITS_DEFAULT } from "../../src/sandbox/limits.ts";

const isLinux = process.platform === "linux";

function plan(script: string): Plan {
  return {
    command: ["/bin/sh", "-c", script],
    env: { PATH: "/usr/bin:/bin" },
    cwd: "/",
    readable: [],
    writable: [],
    network: "off",
    isRuntime: false,
  };
}

async function run(launchers: Launchers, script: string, input = ""): Promise<{ pid: number; output: string }> {
  const confined = confine(runtime.host, plan(script), { level: "landlock", uid: undefined, limits: LIMITS_DEFAULT });
  let output = "";
  const started: Started = await launchers.start(confined, (_stream, bytes) => {
    output += Buffer.from(bytes).toString();
  });
  await started.write(input);
  await started.endInput();
  await started.ended;
  await started.drained;
  return { pid: started.pid, output };
}

test.if(isLinux)("a launcher started ahead becomes the next program, with its own input and output", async () => {
  const launchers = new Launchers(runtime, systemClock);
  const first = await run(launchers, "echo one; cat", "its input");
  const second = await run(launchers, "echo two; cat", "another input");
  await launchers.close();

  expect(first.output).toBe("one\nits input");
  expect(second.output).toBe("two\nanother input");
});

test.if(isLinux)("close() ends the launcher that waits, and a killed one is not given a program", async () => {
  const pids: number[] = [];
  const launchers = new Launchers(
    {
      ...runtime,
      start: async (command, options) => {
        const started = await runtime.start(command, options);
        pids.push(started.pid);
        return started;
      },
    },
    systemClock,
  );
  await run(launchers, "true");
  while (pids.length < 2) await systemClock.sleep(1);
  const [, waiting = 0] = pids;
  process.kill(waiting, "SIGKILL");
  while (existsSync(`/proc/${waiting}`)) await systemClock.sleep(1);
  const after = await run(launchers, "echo after");
  await launchers.close();

  expect(after.output).toBe("after\n");
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
});

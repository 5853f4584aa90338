// The structure and the calls that Windows is given. Nothing of it has been run there.
import { expect, test } from "bun:test";
import type { Kernel32 } from "../../../../src/runtime/runtime.ts";
import { LIMITS_DEFAULT } from "../../../../src/sandbox/limits.ts";
import { JobObject, jobLimits } from "../../../../src/sandbox/windows/job-object.ts";

function recording(failing?: keyof Kernel32): { kernel: Kernel32; calls: string[] } {
  const calls: string[] = [];
  const call =
    <T>(name: keyof Kernel32, good: T, bad: T) =>
    (...values: unknown[]) => {
      calls.push(
        `${name} ${values.map((value) => (value instanceof Uint8Array ? value.length : value)).join(" ")}`.trim(),
      );
      return name === failing ? bad : good;
    };
  const kernel: Kernel32 = {
    createJob: call("createJob", 7n, 0n),
    setJobInformation: call("setJobInformation", true, false),
    openProcess: call("openProcess", 8n, 0n),
    assignToJob: call("assignToJob", true, false),
    terminateJob: call("terminateJob", true, false),
    closeHandle: call("closeHandle", true, false),
    lastError: () => 5,
  };
  return { kernel, calls };
}

test("the limits stand where 64-bit Windows looks for them", () => {
  const bytes = jobLimits({ cpuMs: 1_500, processes: 64, memoryBytes: 512 * 1024 * 1024 });
  const view = new DataView(bytes.buffer);

  expect(bytes.length).toBe(144);
  expect(view.getBigInt64(8, true)).toBe(15_000_000n);
  expect(view.getUint32(16, true)).toBe(0x4 | 0x8 | 0x20 | 0x200 | 0x400 | 0x2000);
  expect(view.getUint32(40, true)).toBe(64);
  expect(view.getUint32(56, true)).toBe(0x4000);
  expect(view.getBigUint64(120, true)).toBe(536_870_912n);
});

test("a process is put into a job, which ends all of it when it is closed", () => {
  const { kernel, calls } = recording();

  const job = JobObject.hold(kernel, 42, LIMITS_DEFAULT);
  job.kill();
  job.close();

  expect(calls).toEqual([
    "createJob",
    "openProcess 257 42",
    "setJobInformation 7 9 144",
    "assignToJob 7 8",
    "closeHandle 8",
    "terminateJob 7 1",
    "closeHandle 7",
  ]);
});

test.each(["createJob", "setJobInformation", "openProcess", "assignToJob"] as const)(
  "when %s fails, nothing stays open and the caller is told",
  (failing) => {
    const { kernel, calls } = recording(failing);

    expect(() => JobObject.hold(kernel, 42, LIMITS_DEFAULT)).toThrow("no job holds the process (5)");

    expect(calls.filter((call) => call.startsWith("closeHandle")).length).toBe(
      failing === "createJob" || failing === "openProcess" ? 1 : 2,
    );
  },
);

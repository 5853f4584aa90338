import { dlopen, ptr } from "bun:ffi";
import type { Kernel32 } from "./runtime.ts";

export function openKernel32(): Kernel32 {
  const { symbols } = dlopen("kernel32.dll", {
    CreateJobObjectW: { args: ["ptr", "ptr"], returns: "u64" },
    SetInformationJobObject: { args: ["u64", "i32", "ptr", "u32"], returns: "i32" },
    OpenProcess: { args: ["u32", "i32", "u32"], returns: "u64" },
    AssignProcessToJobObject: { args: ["u64", "u64"], returns: "i32" },
    TerminateJobObject: { args: ["u64", "u32"], returns: "i32" },
    CloseHandle: { args: ["u64"], returns: "i32" },
    GetLastError: { args: [], returns: "u32" },
  });
  return {
    createJob: () => symbols.CreateJobObjectW(null, null),
    setJobInformation: (job, kind, bytes) => symbols.SetInformationJobObject(job, kind, ptr(bytes), bytes.length) !== 0,
    openProcess: (access, pid) => symbols.OpenProcess(access, 0, pid),
    assignToJob: (job, process) => symbols.AssignProcessToJobObject(job, process) !== 0,
    terminateJob: (job, exitCode) => symbols.TerminateJobObject(job, exitCode) !== 0,
    closeHandle: (handle) => symbols.CloseHandle(handle) !== 0,
    lastError: () => symbols.GetLastError(),
  };
}

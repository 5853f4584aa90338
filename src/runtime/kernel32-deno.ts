import type { Kernel32 } from "./runtime.ts";

type Call = (...values: unknown[]) => number | bigint;

/** The part of Deno's own API that is used here. */
declare const Deno: {
  dlopen(
    name: string,
    symbols: Record<string, { parameters: readonly string[]; result: string }>,
  ): { readonly symbols: Record<string, Call> };
};

export function openKernel32(): Kernel32 {
  const { symbols } = Deno.dlopen("kernel32.dll", {
    CreateJobObjectW: { parameters: ["pointer", "pointer"], result: "u64" },
    SetInformationJobObject: { parameters: ["u64", "i32", "buffer", "u32"], result: "i32" },
    OpenProcess: { parameters: ["u32", "i32", "u32"], result: "u64" },
    AssignProcessToJobObject: { parameters: ["u64", "u64"], result: "i32" },
    TerminateJobObject: { parameters: ["u64", "u32"], result: "i32" },
    CloseHandle: { parameters: ["u64"], result: "i32" },
    GetLastError: { parameters: [], result: "u32" },
  });
  const call = (name: string, ...values: unknown[]) => symbols[name]?.(...values) ?? 0;
  return {
    createJob: () => BigInt(call("CreateJobObjectW", null, null)),
    setJobInformation: (job, kind, bytes) =>
      Number(call("SetInformationJobObject", job, kind, bytes, bytes.length)) !== 0,
    openProcess: (access, pid) => BigInt(call("OpenProcess", access, 0, pid)),
    assignToJob: (job, process) => Number(call("AssignProcessToJobObject", job, process)) !== 0,
    terminateJob: (job, exitCode) => Number(call("TerminateJobObject", job, exitCode)) !== 0,
    closeHandle: (handle) => Number(call("CloseHandle", handle)) !== 0,
    lastError: () => Number(call("GetLastError")),
  };
}

import { runtime } from "../../src/runtime/current.ts";

/** This process, as rooms see it that run programs and workflows. */
export const here = {
  runtime,
  process: "process_0123456789ab",
  runTools: { names: () => [], facts: () => undefined, call: () => Promise.reject(new Error("no tools here")) },
  isTrusted: () => false,
  webhookKey: () => "the key of the tests",
  complain: (cause: unknown) => console.error(cause),
} as const;

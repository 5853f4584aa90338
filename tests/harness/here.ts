import { runtime } from "../../src/runtime/current.ts";

/** This process, as rooms that run programs see it. */
export const here = { runtime, process: "process_0123456789ab" } as const;

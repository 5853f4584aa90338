import type { Runtime } from "./runtime.ts";

/** The runtime that this program runs on; the other one's code is never loaded. */
export const runtime: Runtime =
  "Bun" in globalThis ? (await import("./bun.ts")).bunRuntime : (await import("./deno.ts")).denoRuntime;

import process from "node:process";
import { fileURLToPath } from "node:url";

export const isDeno = "Deno" in globalThis;

/** What runs a file of TypeScript here. */
export const RUNTIME: readonly [string, ...string[]] = isDeno ? [process.execPath, "run", "-A"] : [process.execPath];

const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));
const built = process.env["CADRE_TEST_PROGRAM"];
/**
 * What a test starts when it starts cadre: the executable that the gate has built, or the source. The executable starts
 * in a third of the time, hundreds of times, and is what people run.
 */
export const SELF: readonly [string, ...string[]] = built === undefined ? [...RUNTIME, MAIN] : [built];

export const SELF_IN_SHELL = SELF.map((word) => `"${word}"`).join(" ");

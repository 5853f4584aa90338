import { fileURLToPath } from "node:url";

/** The source, as this runtime starts it. */
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/**
 * What a test starts when it starts cadre: the executable that the gate has built, or the source. The executable starts
 * in a third of the time, hundreds of times, and is what people run.
 */
const built = process.env["CADRE_TEST_PROGRAM"];
export const SELF: readonly [string, ...string[]] = built === undefined ? [process.execPath, MAIN] : [built];

export const SELF_IN_SHELL = SELF.map((word) => `"${word}"`).join(" ");

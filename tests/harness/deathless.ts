import type { Liveness } from "../../src/base/liveness.ts";

/** No process ever dies: what ends a hold is time alone. */
export const deathless: Liveness = { hold: () => {}, isAlive: () => true };

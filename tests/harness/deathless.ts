import type { Liveness } from "../../src/tasks/hold.ts";

/** No process ever dies: what ends a hold is time alone. */
export const deathless: Liveness = { hold: () => {}, isAlive: () => true };

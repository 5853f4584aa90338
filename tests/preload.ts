// What cadre starts of itself in a test is what a test starts: see harness/self.ts.
import { runtime } from "../src/runtime/current.ts";
import { SELF } from "./harness/self.ts";

if (SELF.length === 1) Object.assign(runtime.host, { self: SELF, selfFiles: SELF });

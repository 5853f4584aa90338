// A process that shows that it lives, until its stdin ends: `hold-lock.ts FOLDER ID`.
import { runtime } from "../../src/runtime/current.ts";
import { ProcessLocks } from "../../src/store/process-lock.ts";

const [folder = "", id = ""] = runtime.host.args;
new ProcessLocks(runtime, folder).hold(id);
await runtime.writeOut("held\n");
for await (const _ of runtime.stdin());

// The hidden subcommand `cadre internal NAME …`: what this program does in a process of its own. Nothing is loaded for
// it that it does not need.
import type { Runtime } from "./runtime/runtime.ts";

export async function runInternal([name = "", ...rest]: readonly string[], runtime: Runtime): Promise<number> {
  if (name === "engine") return (await import("./sandbox/engine/engine.ts")).runEngine(runtime);
  if (name === "analyze") return (await import("./analysis/analyze-child.ts")).runAnalyzeChild(runtime);
  if (name === "forward") return (await import("./sandbox/network/forward.ts")).forward(rest, runtime);
  return (await import("./store/backup/store-child.ts")).runStoreChild([name, ...rest], runtime);
}

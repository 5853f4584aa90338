import { deadline } from "../base/clock.ts";
import type { Host } from "../runtime/runtime.ts";
import { PS, treeUseOf } from "./macos/ps-tree.ts";
import { type TreeUse, treeUse } from "./process-tree.ts";

/** What a tree of processes uses now. */
export type TreeLook = (root: number) => TreeUse | Promise<TreeUse>;

const PS_MS = 5_000;
const NOTHING: TreeUse = { processes: 0, rssBytes: 0, cpuMs: 0, pids: [] };

/** `ahead` of the processes are ours. Windows shows nothing of its trees. */
export function treeLook(host: Pick<Host, "platform" | "run">, ahead: number): TreeLook {
  if (host.platform === "linux") return (root) => treeUse(root, ahead);
  if (host.platform !== "darwin") return () => NOTHING;
  return async (root) => treeUseOf((await host.run(PS, { signal: deadline(PS_MS) })).stdout, root);
}

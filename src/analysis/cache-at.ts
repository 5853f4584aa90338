import { statSync } from "node:fs";
import { join } from "node:path";
import type { Runtime } from "../runtime/runtime.ts";

/** Where reports are kept, and which program makes them. */
export interface CacheAt {
  readonly file: string;
  readonly program: string;
}

/** An executable can tell when it has become another one; of what is run from its source nothing is kept. */
export function cacheAt({ isCompiled, self }: Runtime["host"], dataFolder: string): CacheAt | undefined {
  if (!isCompiled) return undefined;
  const { size, mtimeMs } = statSync(self[0]);
  return { file: join(dataFolder, "analysis.db"), program: `${size} ${mtimeMs}` };
}

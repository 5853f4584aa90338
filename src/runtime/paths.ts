import { join } from "node:path";
import type { Host } from "./runtime.ts";

export interface Folders {
  /** The database, its backups, the token: mode 0700. */
  readonly data: string;
  /** The user's own settings. */
  readonly config: string;
}

/** Where a platform keeps a program's data; `home` (--home, CADRE_HOME) puts all of it in one folder. */
export function folders(host: Pick<Host, "platform" | "env" | "homeDir">, home?: string): Folders {
  if (home) return { data: home, config: home };
  if (host.platform === "win32") {
    const folder = join(host.env["USERPROFILE"] || host.homeDir, ".cadre");
    return { data: folder, config: folder };
  }
  if (host.platform === "darwin") {
    const folder = join(host.homeDir, "Library", "Application Support", "cadre");
    return { data: folder, config: folder };
  }
  return {
    data: join(host.env["XDG_DATA_HOME"] || join(host.homeDir, ".local", "share"), "cadre"),
    config: join(host.env["XDG_CONFIG_HOME"] || join(host.homeDir, ".config"), "cadre"),
  };
}

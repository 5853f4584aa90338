import { join } from "node:path";
import type { Host } from "./runtime.ts";

export interface Folders {
  /** The database, its backups, the token: mode 0700. */
  readonly data: string;
  /** The user's own settings. */
  readonly config: string;
}

/** Folders that somebody names: one for everything, or one for each kind. */
interface GivenFolders {
  readonly home?: string | undefined;
  readonly data?: string | undefined;
  readonly config?: string | undefined;
}

/** Where a platform keeps a program's data, unless it is told to keep it elsewhere. */
export function folders(host: Pick<Host, "platform" | "env" | "homeDir">, given: GivenFolders = {}): Folders {
  const usual = given.home ? { data: given.home, config: given.home } : usualFolders(host);
  return { data: given.data || usual.data, config: given.config || usual.config };
}

function usualFolders(host: Pick<Host, "platform" | "env" | "homeDir">): Folders {
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

// What is here: programs on the PATH, files, folders. Read without starting anything and without the network.
import { existsSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Host } from "../runtime/runtime.ts";
import type { PerSystem, System } from "./clients/client.ts";
import type { World } from "./path-pattern.ts";

export type MachineHost = Pick<Host, "platform" | "env" | "homeDir" | "cwd">;

export interface Machine {
  readonly worlds: readonly World[];
  /** The WSL distribution that this is. */
  readonly distribution: string | undefined;
  has(path: string): boolean;
  hasProgram(name: string): boolean;
}

export function thisMachine(host: MachineHost): Machine {
  const own: World = { system: systemOf(host.platform), home: host.homeDir, env: host.env };
  const distribution = host.env["WSL_DISTRO_NAME"];
  const around = distribution ? windowsAround(host.env) : undefined;
  const programs = programsOn(host);
  return {
    worlds: around ? [own, around] : [own],
    distribution,
    has: existsSync,
    hasProgram: (name) => programs.has(name),
  };
}

function systemOf(platform: string): System {
  return platform === "darwin" || platform === "win32" ? platform : "linux";
}

export function forSystem<T>(value: PerSystem<T> | undefined, system: System): T | undefined {
  const isPerSystem = typeof value === "object" && value !== null && !Array.isArray(value) && "win32" in value;
  return isPerSystem ? (value as Readonly<Record<System, T>>)[system] : (value as T | undefined);
}

/** Read once: forty clients ask. */
function programsOn({ env, platform }: Pick<Host, "env" | "platform">): ReadonlySet<string> {
  const names = new Set<string>();
  for (const folder of (env["PATH"] ?? env["Path"] ?? "").split(delimiter)) {
    if (folder === "") continue;
    for (const name of namesIn(folder)) {
      names.add(name);
      if (platform === "win32") names.add(name.replace(/\.(exe|cmd|bat|ps1)$/i, ""));
    }
  }
  return names;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // PATHs name folders that are not there.
  }
}

/** WSL puts the folders of Windows on the PATH, and one of them lies in its user's home. */
function windowsAround(env: Host["env"]): World | undefined {
  const home = /(?:^|:)(\/mnt\/[a-z]\/Users\/[^/:]+)\//.exec(env["PATH"] ?? "")?.[1];
  if (home === undefined || !existsSync(home)) return undefined;
  const appData = join(home, "AppData");
  const moved = { APPDATA: join(appData, "Roaming"), LOCALAPPDATA: join(appData, "Local") };
  return { system: "win32", home, env: moved };
}

// What clients will start: this very program by its whole path, told where its data lies. Clients start servers with
// other environments than a shell has, and two of them must not open two databases.
import { realpathSync } from "node:fs";
import { basename, delimiter, join, resolve } from "node:path";
import { isRecord, type Json } from "../base/json.ts";
import type { Host } from "../runtime/runtime.ts";
import type { Launch, StdioLaunch } from "./clients/client.ts";
import type { Target } from "./targets.ts";

type LaunchHost = Pick<Host, "platform" | "env" | "self" | "executable" | "isCompiled" | "cwd">;

export interface LaunchParts {
  readonly host: LaunchHost;
  readonly folders: { readonly data: string; readonly config: string };
  /** For the entry's environment. */
  readonly env: Readonly<Record<string, string>>;
}

export function ownLaunch({ host, folders, env }: LaunchParts): StdioLaunch {
  const [command, ...args] = host.isCompiled ? ([stablePath(host)] as const) : host.self;
  // Clients start it from somewhere else: what was given relative to here must be whole.
  const whole = { data: resolve(host.cwd, folders.data), config: resolve(host.cwd, folders.config) };
  return { kind: "stdio", command, args, env: { ...folderVariables(whole), ...env } };
}

/** What is written for one target. A project's file is everybody's: it names the program as their PATHs know it, and no folder of ours. */
export function launchFor(
  target: Target,
  launch: Launch,
  machine: { readonly distribution: string | undefined; readonly isOnPath: boolean },
): Launch {
  if (launch.kind === "http") return launch;
  if (target.isAround && machine.distribution) return throughWsl(launch, machine.distribution);
  if (target.scope === "project") {
    const shared = Object.entries(launch.env).filter(([name]) => !FOLDER_VARIABLES.has(name));
    const isPlain = machine.isOnPath && lastPart(launch.command) === "cadre";
    return { ...launch, command: isPlain ? "cadre" : launch.command, env: Object.fromEntries(shared) };
  }
  return launch;
}

const FOLDER_VARIABLES: ReadonlySet<string> = new Set(["CADRE_HOME", "CADRE_DATA_DIR", "CADRE_CONFIG_DIR"]);

function folderVariables({ data, config }: LaunchParts["folders"]): Record<string, string> {
  return data === config ? { CADRE_HOME: data } : { CADRE_DATA_DIR: data, CADRE_CONFIG_DIR: config };
}

/** Variables of Windows do not reach what wsl.exe starts. */
function throughWsl({ command, args, env }: StdioLaunch, distribution: string): StdioLaunch {
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return {
    kind: "stdio",
    command: "wsl.exe",
    args: ["-d", distribution, "-e", "/usr/bin/env", ...variables, command, ...args],
    env: {},
  };
}

/** The name on the PATH that leads to this program, when there is one: package managers move what is behind it. */
function stablePath({ env, executable, platform }: LaunchHost): string {
  const name = platform === "win32" ? "cadre.exe" : "cadre";
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    if (folder === "" || !isAbsolute(folder)) continue;
    const path = join(folder, name);
    if (pathBehind(path) === pathBehind(executable)) return path;
  }
  return executable;
}

function isAbsolute(path: string): boolean {
  return /^([\\/]|[A-Za-z]:[\\/])/.test(path);
}

function pathBehind(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** The command line, or the address, of an entry in whatever shape. */
export interface Said {
  readonly commandLine: readonly string[];
  readonly url: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

export function saidBy(value: Json | undefined): Said {
  const entry = isRecord(value) && isRecord(value["transport"]) ? { ...value, ...value["transport"] } : value;
  if (!isRecord(entry)) return { commandLine: [], url: undefined, env: {} };
  const command = entry["command"] ?? entry["cmd"];
  const args = entry["args"];
  const words = [...(Array.isArray(command) ? command : [command]), ...(Array.isArray(args) ? args : [])];
  const url = entry["url"] ?? entry["serverUrl"] ?? entry["httpUrl"] ?? entry["uri"];
  return {
    commandLine: words.filter((word): word is string => typeof word === "string"),
    url: typeof url === "string" ? url : undefined,
    env: textsIn(entry["env"] ?? entry["envs"] ?? entry["environment"]),
  };
}

function textsIn(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((pair): pair is [string, string] => typeof pair[1] === "string"),
  );
}

/** Whether an entry starts cadre: by the name of the program, or by the very command line that starts this one. */
export function startsCadre({ commandLine }: Said, self: readonly string[]): boolean {
  const [program = ""] = commandLine;
  const words = lastPart(program) === "wsl" ? commandLine : [program];
  if (words.some((word) => PROGRAM.test(lastPart(word)))) return true;
  return self.length > 1 && self.every((word, at) => commandLine[at] === word);
}

/** `cadre`, or the name that a release gives it. */
const PROGRAM = /^cadre(-(bun-)?(linux|darwin|windows)-[a-z0-9-]+)?$/;

function lastPart(path: string): string {
  return basename(path.replaceAll("\\", "/")).replace(/\.exe$/i, "");
}

/** An entry of the Python system that cadre replaces. */
export function isOldEntry(name: string, value: Json | undefined): boolean {
  if (!/^(mcp[-_])?task[-_]orchestrator$/i.test(name)) return false;
  const words = saidBy(value).commandLine.flatMap((word) => word.split(/[\\/.\s]+/));
  return words.some((word) => /^mcp[-_]task[-_]orchestrator$/i.test(word));
}

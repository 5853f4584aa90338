import { resolve } from "node:path";
import { printable } from "../base/text.ts";
import { SETTING_KEYS } from "../config/settings.ts";
import { type ServicePlan, type ServiceState, SystemService } from "../service/system-service.ts";
import { ownLaunch } from "../setup/launch.ts";
import { type CliContext, type CommandInput, isSet } from "./command.ts";

const NOT_RUNNING = 1;
/** What the service is told; the rest it reads from the user's settings. */
const CARRIED = new Set(["host", "port", "data_dir", "config_dir"]);

export async function runService(
  what: "install" | "status" | "remove",
  context: CliContext,
  input: CommandInput,
): Promise<Record<string, unknown> | undefined> {
  const { runtime } = context;
  const service = serviceOf(context);
  if (what !== "status" && isSet(input, "dry-run")) return tellPlan(service.plan(what), context, input);
  const state = what === "status" ? await service.state() : await service[what]();
  if (what === "status" && state.service !== "running") input.exitWith(NOT_RUNNING);
  const notes = what === "install" ? [...service.plan("install").notes, ...notCarried(context)] : [];
  if (input.asJson) return { ...state, ...(notes.length > 0 ? { notes } : {}) };
  await runtime.writeOut(`${[...stateLines(state), ...notes.map((note) => `→ ${printable(note)}`)].join("\n")}\n`);
  return undefined;
}

export function serviceOf({ runtime, clock, config }: CliContext): SystemService {
  const { settings } = config;
  const whole = (path: string) => resolve(runtime.host.cwd, path);
  const folders = { data: whole(config.folders.data), config: whole(config.folders.config) };
  const { command, args } = ownLaunch({ host: runtime.host, folders, env: {} });
  return new SystemService({ runtime, clock, folders, settings, program: [command, ...args] });
}

/** What was given for this call alone would not hold for the service. */
function notCarried({ config }: CliContext): string[] {
  const lost = SETTING_KEYS.filter((key) => /^(--|CADRE_)/.test(config.origins[key] ?? "") && !CARRIED.has(key));
  if (lost.length === 0) return [];
  const [first = ""] = lost;
  return [`The service reads your settings, not this call's ${lost.join(", ")}: cadre config set ${first} …`];
}

function stateLines(state: ServiceState): string[] {
  return Object.entries(state).map(([key, value]) => `${key.padEnd(KEY_WIDTH)} ${printable(String(value))}`);
}

const KEY_WIDTH = 10;

async function tellPlan({ file, commands, notes, manager }: ServicePlan, { runtime }: CliContext, input: CommandInput) {
  if (input.asJson)
    return { manager, ...(file ? { file: { ...file } } : {}), commands: [...commands], notes: [...notes] };
  const lines = [
    ...(file ? [`# ${file.path}`, printable(file.text)] : []),
    ...commands.map((command) => `$ ${printable(command)}`),
    ...notes.map((note) => `→ ${note}`),
  ];
  await runtime.writeOut(`${lines.join("\n")}\n`);
  return undefined;
}

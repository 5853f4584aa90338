// Flags win over the environment, that over the project's file, that over the user's, that over the defaults;
// and every answer knows where it came from.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { redact } from "../base/redact.ts";
import { closest } from "../base/text.ts";
import { folders } from "../runtime/paths.ts";
import type { Host } from "../runtime/runtime.ts";
import { envName, flagName, SETTING_KEYS, type SettingKey, type Settings, settingOf } from "./settings.ts";
import { isTrusted } from "./trust.ts";

export interface Config {
  readonly settings: Settings;
  readonly origins: Readonly<Partial<Record<SettingKey, string>>>;
  /** What the project's file takes away; it holds beside the settings, never instead of them. */
  readonly projectLimits: Readonly<Record<string, unknown>>;
  readonly folders: { readonly data: string; readonly config: string };
  readonly warnings: readonly string[];
}

type Texts = Readonly<Partial<Record<SettingKey, unknown>>>;

interface Source {
  readonly values: Readonly<Record<string, unknown>>;
  readonly origin: (key: SettingKey) => string;
}

const PROJECT_FILE = join(".cadre", "config.yaml");

export async function loadConfig(
  host: Pick<Host, "env" | "cwd" | "platform" | "homeDir">,
  flags: Texts,
): Promise<Config> {
  const fromEnv = readEnvironment(host.env);
  const early = (key: SettingKey) => flags[key] ?? fromEnv.values[key];
  const places = folders(host, early("home") as string | undefined);
  const userFile = (early("config") as string | undefined) ?? join(places.config, "config.yaml");
  const user = await readFile(userFile, early("config") !== undefined);
  refuseTooLate(user, userFile);
  const workspace = workspaceOf(early("workspace") ?? user["workspace"], host.cwd);
  const project = await readProject(workspace, places.data);

  const values: Record<string, unknown> = {};
  const origins: Partial<Record<SettingKey, string>> = {};
  const sources: Source[] = [
    { values: user, origin: () => userFile },
    { values: project.trusted, origin: () => project.path },
    fromEnv,
    { values: flags, origin: (key) => `--${flagName(key)}` },
  ];
  for (const key of SETTING_KEYS) {
    const { fallback } = settingOf(key);
    if (fallback !== undefined) values[key] = check(key, fallback, "the default");
    for (const { values: given, origin } of sources) {
      if (given[key] === undefined) continue;
      values[key] = check(key, given[key], origin(key));
      origins[key] = origin(key);
    }
  }
  if (values["workspace"] !== undefined) values["workspace"] = workspace;
  return {
    settings: values as unknown as Settings,
    origins,
    projectLimits: project.limits,
    folders: places,
    warnings: project.warnings,
  };
}

/** What says where the user's file lies cannot stand in it. */
function refuseTooLate(user: Readonly<Record<string, unknown>>, path: string): void {
  const key = (["home", "config"] as const).find((name) => user[name] !== undefined);
  if (!key) return;
  throw new AppError("invalid_input", `cannot use ${key} in ${path}: it says where this very file lies`, {
    hint: `Give it with --${flagName(key)} or in the variable ${envName(key)}.`,
  });
}

/** The project folder, whole: what is given may be relative to where the program was started. */
function workspaceOf(given: unknown, cwd: string): string {
  if (typeof given !== "string") return cwd;
  return /^\.{1,2}([\\/]|$)/.test(given) ? resolve(cwd, given) : given;
}

function check(key: SettingKey, value: unknown, origin: string): unknown {
  const parsed = settingOf(key).schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError(
    "invalid_input",
    `cannot use ${key} from ${origin}: ${JSON.stringify(redact(value, key))} is not valid (${issue?.message})`,
    {
      hint: settingOf(key).help,
    },
  );
}

/** CADRE_<KEY>, and the names that earlier systems used. A misspelled CADRE_ variable is an error. */
function readEnvironment(env: Host["env"]): Source {
  const values: Partial<Record<SettingKey, unknown>> = {};
  const origins: Partial<Record<SettingKey, string>> = {};
  const set = (key: SettingKey, name: string, value: unknown) => {
    if (value === undefined) return;
    values[key] = value;
    origins[key] = name;
  };
  for (const key of SETTING_KEYS) {
    const old = Object.entries(settingOf(key).oldEnv ?? {}).reverse();
    for (const [name, translate] of old) {
      if (env[name]) set(key, name, translate(env[name]));
    }
    if (env[envName(key)]) set(key, envName(key), env[envName(key)]);
  }
  refuseMisspelled(env);
  return { values, origin: (key) => origins[key] ?? envName(key) };
}

/** Variables of cadre that are no settings: the tests' own. */
const OTHER_VARIABLES = /^CADRE_(TEST_\w+|TOKEN)$/;

function refuseMisspelled(env: Host["env"]): void {
  const known = SETTING_KEYS.map(envName);
  for (const name of Object.keys(env)) {
    if (!name.startsWith("CADRE_") || known.includes(name) || OTHER_VARIABLES.test(name)) continue;
    const near = closest(name, known);
    throw new AppError("invalid_input", `cannot use the variable ${name}: there is no such setting`, {
      hint: near ? `Did you mean ${near}?` : "See all settings with cadre config list.",
    });
  }
}

async function readFile(path: string, mustExist: boolean): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (!mustExist && (cause as { code?: string }).code === "ENOENT") return {};
    throw new AppError(
      "invalid_input",
      `cannot read ${path}: ${(cause as { code?: string }).code ?? "it cannot be opened"}`,
      {
        hint: "Mend the path, or leave it out.",
        cause,
      },
    );
  }
  return parseFile(text, path);
}

async function parseFile(text: string, path: string): Promise<Record<string, unknown>> {
  const { parseDocument } = await import("yaml");
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) {
    const at = error.linePos?.[0];
    throw new AppError(
      "invalid_input",
      `cannot read ${path}${at ? `:${at.line}:${at.col}` : ""}: ${error.message.split("\n")[0]}`,
      {
        hint: "Write it as YAML: one setting a line, like read_only: true",
      },
    );
  }
  const values: unknown = document.toJS() ?? {};
  if (!isRecord(values)) {
    throw new AppError("invalid_input", `cannot read ${path}: it is not a list of settings`, {
      hint: "Write one setting a line, like read_only: true",
    });
  }
  for (const key of Object.keys(values)) {
    if ((SETTING_KEYS as string[]).includes(key)) continue;
    const near = closest(key, SETTING_KEYS);
    throw new AppError("invalid_input", `cannot use ${key} in ${path}: there is no such setting`, {
      hint: near ? `Did you mean ${near}?` : "See all settings with cadre config list.",
    });
  }
  return values;
}

interface Project {
  readonly path: string;
  readonly limits: Record<string, unknown>;
  readonly trusted: Record<string, unknown>;
  readonly warnings: string[];
}

async function readProject(workspace: string, dataFolder: string): Promise<Project> {
  const path = join(workspace, PROJECT_FILE);
  const values = await readFile(path, false);
  const trust = Object.keys(values).length > 0 && isTrusted(dataFolder, workspace);
  const project: Project = { path, limits: {}, trusted: {}, warnings: [] };
  for (const [key, value] of Object.entries(values) as [SettingKey, unknown][]) {
    const rule = settingOf(key).project;
    if (rule === "tighten") project.limits[key] = check(key, value, path);
    else if (rule === "trusted" && trust) project.trusted[key] = value;
    else if (rule === "trusted") project.warnings.push(`${path}: ${key} is ignored until you run cadre trust`);
    else project.warnings.push(`${path}: ${key} is ignored: a project may not set it, your own file may`);
  }
  return project;
}

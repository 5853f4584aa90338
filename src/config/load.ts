// Flags win over the environment, that over the project's file, that over the user's, that over the defaults;
// and every answer knows where it came from.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { PROJECT_FILE_BYTES_MAX } from "../base/limits.ts";
import { redact } from "../base/redact.ts";
import { clip, closest } from "../base/text.ts";
import { folders } from "../runtime/paths.ts";
import type { Host } from "../runtime/runtime.ts";
import { readProjectFile } from "./project-file.ts";
import { envName, flagName, SETTING_KEYS, type SettingKey, type Settings, settingOf } from "./settings.ts";
import { isTrusted, PROJECT_FILE } from "./trust.ts";
import { type FoundWorkspace, workspaceOf } from "./workspace-of.ts";
import { readYaml } from "./yaml.ts";

export interface Config {
  readonly settings: Settings;
  readonly origins: Readonly<Partial<Record<SettingKey, string>>>;
  /** The project folder of calls that name none, and how it was found. */
  readonly workspace: FoundWorkspace;
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

export async function loadConfig(
  host: Pick<Host, "env" | "cwd" | "platform" | "homeDir">,
  flags: Texts,
): Promise<Config> {
  const fromEnv = readEnvironment(host.env);
  const early = (key: SettingKey) => flags[key] ?? fromEnv.values[key];
  const folder = (key: SettingKey) => early(key) as string | undefined;
  const places = folders(host, { home: folder("home"), data: folder("data_dir"), config: folder("config_dir") });
  const userFile = (early("config") as string | undefined) ?? join(places.config, "config.yaml");
  const user = await readUserFile(userFile, early("config") !== undefined);
  refuseTooLate(user, userFile);
  const given = {
    flag: flags.workspace,
    environment: fromEnv.values["workspace"],
    user_file: user["workspace"],
  };
  const workspace = workspaceOf(given, host);
  const project = await readProject(workspace.path, places.data);

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
  if (values["workspace"] !== undefined) values["workspace"] = workspace.path;
  return {
    settings: values as unknown as Settings,
    origins,
    workspace,
    projectLimits: project.limits,
    folders: places,
    warnings: project.warnings,
  };
}

/** What says where the user's file lies cannot stand in it. */
function refuseTooLate(user: Readonly<Record<string, unknown>>, path: string): void {
  const key = (["home", "data_dir", "config_dir", "config"] as const).find((name) => user[name] !== undefined);
  if (!key) return;
  throw new AppError("invalid_input", `cannot use ${key} in ${path}: it says where this very file lies`, {
    hint: `Give it with --${flagName(key)} or in the variable ${envName(key)}.`,
  });
}

function check(key: SettingKey, value: unknown, origin: string): unknown {
  const parsed = settingOf(key).schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new AppError(
    "invalid_input",
    `cannot use ${key} from ${origin}: ${shown(redact(value, key))} is not valid (${issue?.message})`,
    {
      hint: settingOf(key).help,
    },
  );
}

function shown(value: unknown): string {
  return clip(JSON.stringify(value) ?? String(value), VALUE_SHOWN_MAX);
}

const VALUE_SHOWN_MAX = 200;

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

/** The user's own file: what is wrong in it is an error, so that nobody believes in a setting that does not hold. */
async function readUserFile(path: string, mustExist: boolean): Promise<Record<string, unknown>> {
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
  return parseFile(text, path, refuseUnknown);
}

async function parseFile(
  text: string,
  path: string,
  checkKey: (key: string, path: string) => void,
): Promise<Record<string, unknown>> {
  const read = await readYaml(text);
  if ("problem" in read) {
    const { line, column, message } = read.problem;
    throw new AppError("invalid_input", `cannot read ${path}${line ? `:${line}:${column}` : ""}: ${message}`, {
      hint: "Write it as YAML: one setting a line, like read_only: true",
    });
  }
  const values = read.value ?? {};
  if (!isRecord(values)) {
    throw new AppError("invalid_input", `cannot read ${path}: it is not a list of settings`, {
      hint: "Write one setting a line, like read_only: true",
    });
  }
  for (const key of Object.keys(values)) checkKey(key, path);
  return values;
}

function refuseUnknown(key: string, path: string): void {
  if ((SETTING_KEYS as string[]).includes(key)) return;
  const near = closest(key, SETTING_KEYS);
  throw new AppError("invalid_input", `cannot use ${clip(key, KEY_SHOWN_MAX)} in ${path}: there is no such setting`, {
    hint: near ? `Did you mean ${near}?` : "See all settings with cadre config list.",
  });
}

const KEY_SHOWN_MAX = 64;

interface Project {
  readonly path: string;
  readonly limits: Record<string, unknown>;
  readonly trusted: Record<string, unknown>;
  readonly warnings: string[];
}

/**
 * A project's file may be somebody else's: whatever stands in it, cadre starts. What is wrong in it is warned
 * about and ignored, what is right holds.
 */
async function readProject(workspace: string, dataFolder: string): Promise<Project> {
  const path = join(workspace, ...PROJECT_FILE);
  const project: Project = { path, limits: {}, trusted: {}, warnings: [] };
  const file = readProjectFile(workspace, PROJECT_FILE, PROJECT_FILE_BYTES_MAX);
  if (!file) return project;
  if ("problem" in file) return { ...project, warnings: [`${path} is ignored: ${file.problem}`] };
  try {
    const values = await parseFile(file.text, path, () => {});
    const isAllowed = isTrusted(dataFolder, workspace, { path: join(...PROJECT_FILE), text: file.text });
    for (const [key, value] of Object.entries(values)) place(project, key, value, isAllowed);
  } catch (error) {
    project.warnings.push(warning(error));
  }
  return project;
}

function place(project: Project, name: string, value: unknown, isAllowed: boolean): void {
  const { path, limits, trusted, warnings } = project;
  try {
    refuseUnknown(name, path);
    const key = name as SettingKey;
    const rule = settingOf(key).project;
    if (rule === "tighten") limits[key] = check(key, value, path);
    else if (rule === "never") warnings.push(`${path}: ${key} is ignored: a project may not set it, your own file may`);
    else if (isAllowed) trusted[key] = check(key, value, path);
    else warnings.push(`${path}: ${key} is ignored until you run cadre trust`);
  } catch (error) {
    warnings.push(warning(error));
  }
}

function warning(error: unknown): string {
  if (!(error instanceof AppError)) throw error;
  return `${error.message}; it is ignored. ${error.hint}`;
}

// Every setting, once: what it takes, where it may come from, what it is for. Flags, environment
// variables, `cadre config list` and the docs are made from this table.
import { z } from "zod";
import { AgentName } from "../base/agent.ts";
import { Duration } from "../base/duration.ts";
import { FILTER_NAMES_MAX, PATH_CHARS_MAX, WAIT_MS_MAX } from "../base/limits.ts";
import { LOG_LEVELS } from "../base/log-level.ts";

/**
 * What a project's own file may say. A cloned repository is untrusted: it may take tools away (`tighten`),
 * it may set harmless things once its user has said `cadre trust` (`trusted`), and never anything else.
 */
export type ProjectRule = "tighten" | "trusted" | "never";

interface Setting {
  readonly schema: z.ZodType;
  /** What holds when nobody says anything; undefined when the program finds its own answer. */
  readonly fallback?: unknown;
  /** Old names of the variable, beside CADRE_<KEY>. */
  readonly oldEnv?: Readonly<Record<string, (text: string) => unknown>>;
  readonly project: ProjectRule;
  readonly help: string;
}

const Path = z.string().min(1).max(PATH_CHARS_MAX);
const Flag = z.union([
  z.boolean(),
  z.enum(["true", "1", "yes", "false", "0", "no"]).transform((text) => /^(true|1|yes)$/.test(text)),
]);
const Names = z.union([
  z.array(z.string()).max(FILTER_NAMES_MAX),
  z.string().transform((text) =>
    text
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== ""),
  ),
]);
const Count = z
  .union([z.number(), z.string().regex(/^\d+$/, "expected a whole number").transform(Number)])
  .pipe(z.number().int().min(0));
/** A time that something waits for; timers of both runtimes take a longer one for none at all. */
const Wait = Duration.refine((ms) => ms >= 1 && ms <= WAIT_MS_MAX, "expected a time from 1ms to 24d");
/** What TCP has numbers for. */
const PORT_MAX = 65_535;
const same = (text: string): unknown => text;

export const SETTINGS = {
  home: {
    schema: Path,
    oldEnv: { MCP_TASK_ORCHESTRATOR_BASE_DIR: same },
    project: "never",
    help: "Folder for everything cadre keeps, instead of the platform's own places.",
  },
  data_dir: {
    schema: Path,
    project: "never",
    help: "Folder of the database, its backups and the token, instead of the platform's own place.",
  },
  config_dir: {
    schema: Path,
    oldEnv: { MCP_TASK_ORCHESTRATOR_CONFIG_DIR: same },
    project: "never",
    help: "Folder of the user's settings, roles, workflows, models and policy, instead of the platform's own place.",
  },
  config: {
    schema: Path,
    project: "never",
    help: "The user's settings file, where it lies elsewhere.",
  },
  db: {
    schema: Path,
    oldEnv: { DB_PATH: same, MCP_TASK_ORCHESTRATOR_DB_PATH: same },
    project: "never",
    help: "The database: a file, or postgres://…",
  },
  bus: {
    schema: z
      .string()
      .max(PATH_CHARS_MAX)
      .regex(/^rediss?:\/\//i, "expected redis://…"),
    project: "never",
    help: "redis://…, where several machines share a PostgreSQL: they hear of each other's work at once.",
  },
  profile: {
    schema: z.enum(["default", "fast", "small"]),
    fallback: "default",
    project: "never",
    help: "How much memory the database may use for speed. Durability is the same in all of them.",
  },
  workspace: {
    schema: Path,
    oldEnv: {
      MCP_TASK_ORCHESTRATOR_PROJECT_DIR: same,
      VSCODE_CWD: same,
      CURSOR_CWD: same,
      WINDSURF_CWD: same,
    },
    project: "never",
    help: "The project folder that calls are about, instead of the one that the working directory lies in.",
  },
  agent: {
    schema: AgentName,
    project: "never",
    help: "The name under which tasks are held, instead of one that cadre makes up.",
  },
  log_level: {
    schema: z.enum(LOG_LEVELS),
    fallback: "info",
    oldEnv: {
      DEBUG: (text) => (/^(true|1|yes)$/i.test(text) ? "debug" : undefined),
      MCP_TASK_ORCHESTRATOR_LOG_LEVEL: (text) =>
        text.toLowerCase().replace("warning", "warn").replace("critical", "error"),
    },
    project: "trusted",
    help: "What stderr shows: debug, info, warn, error or off.",
  },
  log_format: {
    schema: z.enum(["text", "json"]),
    fallback: "text",
    project: "never",
    help: "Log lines for people or for programs.",
  },
  toolsets: {
    schema: Names,
    project: "tighten",
    help: "Only these toolsets: session, task, code, history, runs, agents, admin, classic.",
  },
  tools: { schema: Names, project: "tighten", help: "Only these tools; together with toolsets, both." },
  exclude_tools: { schema: Names, project: "tighten", help: "All but these tools." },
  read_only: {
    schema: Flag,
    project: "tighten",
    help: "Only tools that change nothing. Wins over every other choice.",
  },
  call_timeout: {
    schema: Wait,
    fallback: "60s",
    oldEnv: { TASK_TIMEOUT: (text) => (/^\d+$/.test(text) ? `${text}s` : text) },
    project: "trusted",
    help: "How long one tool call may take.",
  },
  port: {
    schema: Count.pipe(z.number().max(PORT_MAX)),
    fallback: 5060,
    oldEnv: { PORT: same },
    project: "never",
    help: "The port of --http.",
  },
  host: {
    schema: z.string().max(255),
    fallback: "127.0.0.1",
    project: "never",
    help: "The address of --http. Anything but loopback needs the token.",
  },
  base_path: {
    schema: z
      .string()
      .regex(/^(\/[\w.~-]+)*\/?$/, "expected a path like /cadre")
      .transform((path) => path.replace(/\/$/, "")),
    fallback: "",
    project: "never",
    help: "A prefix for every route, for a proxy in front.",
  },
  allowed_hosts: {
    schema: Names,
    fallback: [],
    project: "never",
    help: "Host names that requests may ask for, beside loopback; * for any.",
  },
  allowed_origins: {
    schema: Names,
    fallback: [],
    project: "never",
    help: "Origins of web pages that may call, beside loopback; * for any.",
  },
  cors_origins: {
    schema: Names,
    fallback: [],
    project: "never",
    help: "Origins that get CORS headers; * for any. Off by default.",
  },
  open: {
    schema: Flag,
    fallback: false,
    project: "never",
    help: "On loopback, let every account of this machine also destroy, without the token.",
  },
  rate_limit: {
    schema: Count,
    project: "never",
    help: "Requests per second and caller; 0 for none. Without a word: none on loopback, 100 elsewhere.",
  },
  metrics: {
    schema: Flag,
    fallback: true,
    oldEnv: { ENABLE_METRICS: same },
    project: "never",
    help: "Serve /metrics and /stats.",
  },
  backup_every: {
    schema: Wait,
    fallback: "15m",
    project: "never",
    help: "Time between two backups while something changes.",
  },
  backup_changes: {
    schema: Count,
    fallback: 500,
    project: "never",
    help: "Changes after which a backup is made earlier.",
  },
  backups_kept: { schema: Count, fallback: 10, project: "never", help: "Backups that are kept; 0 makes none." },
  keep_events: { schema: Duration, project: "never", help: "How long events are kept. Without a word: for ever." },
  keep_archived: {
    schema: Duration,
    project: "never",
    help: "How long deleted tasks can be restored. Without a word: for ever.",
  },
  keep_executions: {
    schema: Duration,
    project: "never",
    help: "How long the history of programs is kept. Without a word: for ever.",
  },
  webhook_networks: {
    schema: Names,
    fallback: [],
    project: "never",
    help: "Addresses and networks that webhooks may reach beside public ones, like 127.0.0.1 or 10.0.0.0/8.",
  },
  document_fonts: {
    schema: Names,
    fallback: [],
    project: "never",
    help: "Files of fonts (TTF, OTF) for signs that PDF documents lack otherwise, like Chinese, Japanese and Korean ones.",
  },
  web_networks: {
    schema: Names,
    fallback: [],
    project: "never",
    help: "Addresses and networks whose pages agents may read beside public ones, like 127.0.0.1 or 10.0.0.0/8.",
  },
  keep_runs: {
    schema: Duration,
    project: "never",
    help: "How long runs are kept that are over. Without a word: for ever.",
  },
} as const satisfies Record<string, Setting>;

export type SettingKey = keyof typeof SETTINGS;
export const SETTING_KEYS = Object.keys(SETTINGS) as SettingKey[];

type Answer<K extends SettingKey> = z.output<(typeof SETTINGS)[K]["schema"]>;
type WithFallback = { [K in SettingKey]: (typeof SETTINGS)[K] extends { fallback: unknown } ? K : never }[SettingKey];

export type Settings = { readonly [K in WithFallback]: Answer<K> } & {
  readonly [K in Exclude<SettingKey, WithFallback>]?: Answer<K> | undefined;
};

export function settingOf(key: SettingKey): Setting {
  return SETTINGS[key];
}

export function envName(key: SettingKey): string {
  return `CADRE_${key.toUpperCase()}`;
}

export function flagName(key: SettingKey): string {
  return key.replaceAll("_", "-");
}

// Opens and closes everything, in order. With main.ts the only file that knows all rooms.
import { join } from "node:path";
import { systemClock } from "./base/clock.ts";
import { randomIds } from "./base/ids.ts";
import type { Config } from "./config/load.ts";
import { Feed } from "./events/feed.ts";
import type { McpParts } from "./mcp/server.ts";
import { ResourceUpdates } from "./mcp/updates.ts";
import { Log } from "./observe/log.ts";
import { Metrics } from "./observe/metrics.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { openStore } from "./store/open.ts";
import type { Sql } from "./store/sql.ts";
import { Roles } from "./tasks/roles.ts";
import { Tasks } from "./tasks/tasks.ts";
import { Workspaces } from "./tasks/workspaces.ts";
import { checkFilter, type Filter } from "./tools/filter.ts";
import { toolsAndAliases } from "./tools/index.ts";
import type { App, Tool } from "./tools/tool.ts";
import { Toolbox } from "./tools/toolbox.ts";

export interface OpenApp extends App {
  readonly sql: Sql;
  close(): Promise<void>;
}

/** What one process of cadre is made of. The database opens at the first call that needs it. */
export class Cadre {
  readonly config: Config;
  readonly clock = systemClock;
  readonly log: Log;
  readonly metrics = new Metrics();
  readonly toolbox: Toolbox;
  readonly #runtime: Runtime;
  #opening: Promise<OpenApp> | undefined;
  #isTending = false;

  constructor(runtime: Runtime, config: Config, table: readonly Tool[] = toolsAndAliases) {
    const { settings } = config;
    this.#runtime = runtime;
    this.config = config;
    this.log = new Log({
      level: settings.log_level,
      format: settings.log_format,
      clock: this.clock,
      write: runtime.host.writeErr,
    });
    this.toolbox = new Toolbox({
      table,
      open: () => this.open(),
      filters: [checkFilter(ownFilter(config), table), this.#projectFilter(config, table)],
      timeoutMs: settings.call_timeout,
      clock: this.clock,
      metrics: this.metrics,
      log: this.log,
    });
  }

  get databasePath(): string {
    return this.config.settings.db ?? join(this.config.folders.data, "cadre.db");
  }

  /** The folder that calls are about when they do not say. */
  get workspace(): string {
    return this.config.settings.workspace ?? this.#runtime.host.cwd;
  }

  /** What the MCP face is made of. */
  mcpParts(version: string): McpParts {
    const updates = new ResourceUpdates(async () => (await this.open()).feed, this.log);
    return { toolbox: this.toolbox, version, log: this.log, updates };
  }

  /** What the HTTP face is made of, but for what it mounts. */
  httpParts(version: string, { sql, feed }: OpenApp) {
    const { clock, config, log, metrics, toolbox, workspace, databasePath } = this;
    return {
      runtime: this.#runtime,
      clock,
      config,
      log,
      metrics,
      toolbox,
      workspace,
      databasePath,
      version,
      sql,
      feed,
    };
  }

  /** Opens the database, once. A failure is not kept: what was mended is found at the next call. */
  open(): Promise<OpenApp> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    const app = await this.#opening?.catch(() => undefined);
    await app?.close();
  }

  /** A project may be written for another cadre: a name that this one does not know takes nothing away, and stops nothing. */
  #projectFilter({ projectLimits }: Config, table: readonly Tool[]): Filter {
    const filter: Filter = {
      tools: projectLimits["tools"] as string[] | undefined,
      toolsets: projectLimits["toolsets"] as string[] | undefined,
      exclude: projectLimits["exclude_tools"] as string[] | undefined,
      readOnly: projectLimits["read_only"] === true,
    };
    try {
      return checkFilter(filter, table);
    } catch (error) {
      this.log.warn("the project names what is not there", { cause: error });
      return filter;
    }
  }

  /** For a process that lives long: once the database is open, it makes backups and forgets what may be forgotten. */
  tendStore(): void {
    this.#isTending = true;
  }

  async #open(): Promise<OpenApp> {
    const { config, clock, log, databasePath } = this;
    // What looks after the file is not needed before there is one to look after.
    const [{ backupsOf }, { BackupKeeper }] = await Promise.all([
      import("./store/backup/backups.ts"),
      import("./store/backup/backup-keeper.ts"),
    ]);
    const { settings } = config;
    const backups = backupsOf({
      runtime: this.#runtime,
      clock,
      database: databasePath,
      dataFolder: config.folders.data,
      kept: settings.backups_kept,
    });
    const sql = await openStore({
      runtime: this.#runtime,
      clock,
      db: databasePath,
      profile: settings.profile,
      keepCopy: async (_path, version) => {
        await backups?.keepCopy(version);
      },
    });
    const keeper = new BackupKeeper({
      sql,
      clock,
      log,
      backups,
      everyMs: settings.backup_every,
      changes: settings.backup_changes,
      rules: { eventsMs: settings.keep_events, archivedMs: settings.keep_archived },
    });
    if (this.#isTending) keeper.start();
    const feed = new Feed(sql, this.clock);
    const workspaces = new Workspaces(sql, this.clock, randomIds);
    return {
      sql,
      feed,
      workspaces,
      roles: new Roles(),
      tasks: new Tasks(sql, workspaces, this.clock, randomIds),
      close: async () => {
        await keeper.close();
        await feed.close();
        await sql.close();
      },
    };
  }
}

function ownFilter({ settings }: Config): Filter {
  const { tools, toolsets, exclude_tools: exclude, read_only: readOnly } = settings;
  return { tools, toolsets, exclude, readOnly };
}

// Opens and closes everything, in order. With main.ts the only file that knows all rooms.

import { realpathSync } from "node:fs";
import { join } from "node:path";
import { cacheAt } from "./analysis/cache-at.ts";
import { namedAgent } from "./base/agent.ts";
import { type Clock, systemClock } from "./base/clock.ts";
import { randomIds } from "./base/ids.ts";
import { OPEN_SOON_MS, RUN_PARK_MS } from "./base/limits.ts";
import { userDefinitions } from "./config/definition-files.ts";
import type { Config } from "./config/load.ts";
import { isTrusted } from "./config/trust.ts";
import { ensureWebhookKey } from "./config/webhook-key.ts";
import type { McpParts } from "./mcp/server.ts";
import { ResourceUpdates } from "./mcp/updates.ts";
import { Log } from "./observe/log.ts";
import { LogFile, logFolder } from "./observe/log-file.ts";
import { Metrics } from "./observe/metrics.ts";
import { replyMeter } from "./observe/reply-meter.ts";
import { runMeter } from "./observe/run-meter.ts";
import type { Rooms } from "./rooms.ts";
import type { Runtime } from "./runtime/runtime.ts";
import { clusterId } from "./store/cluster-id.ts";
import { readHoldingProcesses } from "./store/leases.ts";
import { isPostgres, openStore, type StoreOptions } from "./store/open.ts";
import { ProcessLocks } from "./store/process-lock.ts";
import { readWorkers } from "./store/runs.ts";
import type { Sql } from "./store/sql.ts";
import { clockOf } from "./store/store-clock.ts";
import type { Caller } from "./tools/caller.ts";
import { checkFilter, type Filter } from "./tools/filter.ts";
import { toolsAndAliases } from "./tools/index.ts";
import { runTools } from "./tools/run-tools.ts";
import type { Tool } from "./tools/tool.ts";
import { Toolbox } from "./tools/toolbox.ts";

export interface OpenApp extends Rooms {
  readonly sql: Sql;
  /** By which its rows are written. */
  readonly clock: Clock;
}

/** What one process of cadre is made of. The database opens at the first call that needs it. */
export class Cadre {
  readonly config: Config;
  readonly clock = systemClock;
  readonly log: Log;
  readonly metrics = new Metrics();
  readonly toolbox: Toolbox;
  /** Who holds what is started over stdio: as long as this process lives. */
  readonly processId = randomIds.next("process");
  readonly #runtime: Runtime;
  #opening: Promise<OpenApp> | undefined;
  #isTending = false;
  #stopOpening = () => {};

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
    return this.config.workspace.path;
  }

  /** Whoever started this process, where its face is told nothing more. */
  get caller(): Caller {
    const { workspace, settings } = this.config;
    return {
      workspace: workspace.path,
      workspaceFrom: workspace.from,
      agent: settings.agent === undefined ? undefined : namedAgent(settings.agent),
      filter: {},
    };
  }

  /** Of a server, whose stderr most clients throw away. */
  keepLog(): void {
    const file = new LogFile(logFolder(this.config.folders.data), this.clock);
    this.log.keepIn((line) => file.append(line), { pid: this.#runtime.host.pid });
  }

  /** What the MCP face is made of. */
  mcpParts(version: string): McpParts {
    const updates = new ResourceUpdates(async () => (await this.open()).feed, this.log);
    return { toolbox: this.toolbox, version, log: this.log, updates, process: this.processId };
  }

  /** What the HTTP face is made of, but for what it mounts. */
  httpParts(version: string, { sql, feed, clock, cluster }: OpenApp) {
    const { config, log, metrics, toolbox, workspace, databasePath } = this;
    return {
      runtime: this.#runtime,
      clock,
      config,
      log,
      metrics,
      toolbox,
      workspace,
      workspaceFrom: config.workspace.from,
      databasePath,
      version,
      sql,
      feed,
      cluster,
    };
  }

  /** Work that was left may have to go on although nobody calls anything: after the greetings there is time for that. */
  openSoon(): void {
    this.#stopOpening = this.clock.after(OPEN_SOON_MS, () => {
      this.open().catch((cause: unknown) => this.log.debug("the database is not open yet", { cause }));
    });
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
    this.#stopOpening();
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

  /**
   * Beside the database file, so that all who share it see each other, whatever their data folders are, and under
   * one name whatever links lead to it. Of a server, those of one user on one machine see each other; of a process
   * elsewhere nobody here can know, and its holds end by time.
   */
  #processFolder(): string {
    const { databasePath, config } = this;
    if (isPostgres(databasePath)) return join(config.folders.data, "processes");
    return `${realpathSync(databasePath)}-processes`;
  }

  async #open(): Promise<OpenApp> {
    const { config, log, databasePath } = this;
    // What looks after the file is not needed before there is one to look after.
    const [{ backupsOf }, { BackupKeeper }, { openRooms }] = await Promise.all([
      import("./store/backup/backups.ts"),
      import("./store/backup/backup-keeper.ts"),
      import("./rooms.ts"),
    ]);
    const { settings } = config;
    const backups = backupsOf({
      runtime: this.#runtime,
      clock: this.clock,
      database: databasePath,
      dataFolder: config.folders.data,
      kept: settings.backups_kept,
    });
    const { sql, clock, stopClock } = await this.#openStore(async (_path, version) => {
      await backups?.keepCopy(version);
    });
    const keeper = new BackupKeeper({
      sql,
      clock,
      log,
      backups,
      everyMs: settings.backup_every,
      changes: settings.backup_changes,
      rules: {
        eventsMs: settings.keep_events,
        archivedMs: settings.keep_archived,
        executionsMs: settings.keep_executions,
        runsMs: settings.keep_runs,
      },
    });
    if (this.#isTending) keeper.start();
    const processLocks = new ProcessLocks(this.#runtime, this.#processFolder());
    const rooms = openRooms({
      runtime: this.#runtime,
      sql,
      clock,
      ids: randomIds,
      liveness: processLocks,
      process: this.processId,
      ownDatabase: isPostgres(databasePath) ? undefined : databasePath,
      ...userParts(config),
      analysisCache: cacheAt(this.#runtime.host, config.folders.data),
      webhookKey: () => ensureWebhookKey(this.#runtime.host.env, config.folders.data),
      runTools: runTools(this.toolbox),
      meter: runMeter(this.metrics),
      replyMeter: replyMeter(this.metrics),
      isTrusted: (workspace, file) => isTrusted(config.folders.data, workspace, file),
      complain: (cause) => log.error("unexpected failure in a run", { cause }),
    });
    if (this.#isTending) {
      rooms.worker.start();
      rooms.webhooks.start();
    }
    const stop = new AbortController();
    const tending = this.#isTending
      ? this.#tend({ ...rooms, sql, clock }, processLocks, stop.signal)
      : Promise.resolve();
    return {
      ...rooms,
      sql,
      clock,
      close: async () => {
        stop.abort();
        stopClock();
        await tending;
        if (this.#isTending) await rooms.worker.stop(RUN_PARK_MS);
        await keeper.close();
        await rooms.close();
        await sql.close();
        processLocks.release();
      },
    };
  }

  async #openStore(keepCopy: StoreOptions["keepCopy"]) {
    const { databasePath, clock, log, config } = this;
    const { bus: url, profile } = config.settings;
    const runtime = this.#runtime;
    const openBus = async (sql: Sql) => {
      const { RedisBus } = await import("./store/redis-bus.ts");
      const stream = `cadre:${await clusterId(sql, randomIds)}`;
      const complain = (cause: unknown) => log.warn("the bus is away; others are looked at instead", { cause });
      return new RedisBus({ runtime, clock, url: url ?? "", stream, own: this.processId, complain });
    };
    const more = url === undefined ? {} : { openBus };
    const sql = await openStore({ runtime, clock, db: databasePath, profile, keepCopy, ...more });
    try {
      const ofRows = await clockOf(sql, clock);
      return { sql, clock: ofRows.clock, stopClock: ofRows.stop };
    } catch (error) {
      await sql.close();
      throw error;
    }
  }

  /** What need not be waited for: the past of others is cleared away, and what others have missed is made good. */
  async #tend(
    { sql, workspaces, mirror, searchIndex, executions }: OpenApp,
    locks: ProcessLocks,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await executions.interruptDead();
      // Dead processes whose tasks have been taken over, or handed in, need not be remembered.
      locks.sweep(new Set([...(await readHoldingProcesses(sql)), ...(await readWorkers(sql))]));
      const workspace = await workspaces.find(this.workspace);
      if (workspace) await mirror.repair(workspace, { signal });
      await searchIndex.catchUp(signal);
    } catch (cause) {
      this.log.debug("tending ended early", { cause });
    }
  }
}

/** What rooms take of the user's settings and files. */
function userParts({ settings, folders }: Config) {
  return {
    templateFolder: userDefinitions(folders.config, "template"),
    workflowFolder: userDefinitions(folders.config, "workflow"),
    modelsFile: join(folders.config, "models.yaml"),
    toolServersFile: join(folders.config, "tool-servers.yaml"),
    policyFile: join(folders.config, "policy.yaml"),
    packageFolder: join(folders.data, "packages"),
    webhookNetworks: settings.webhook_networks,
    webNetworks: settings.web_networks,
    documentFonts: settings.document_fonts,
  };
}

function ownFilter({ settings }: Config): Filter {
  const { tools, toolsets, exclude_tools: exclude, read_only: readOnly } = settings;
  return { tools, toolsets, exclude, readOnly };
}

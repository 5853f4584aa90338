// The room of models, put together: who may be asked, and what has been asked and spent.

import { setAlarm } from "../base/alarm.ts";
import type { Clock } from "../base/clock.ts";
import { every } from "../base/clock.ts";
import type { Ids } from "../base/ids.ts";
import { COST_ROWS_MAX, PROVIDER_CHECK_MS } from "../base/limits.ts";
import type { ReplyMeter } from "../base/reply-meter.ts";
import type { UserFile } from "../config/user-file.ts";
import { type CostKey, readAgents, readCosts, readOpenReplies, readPieces, readSpent } from "../store/replies.ts";
import type { Sql } from "../store/sql.ts";
import { AiSdkClient } from "./ai-sdk-client.ts";
import { Breaker } from "./breaker.ts";
import { CommandClient, type RunCommand } from "./command-client.ts";
import { type LivePiece, LiveReplies } from "./live-replies.ts";
import type { ModelClient } from "./model-client.ts";
import { type KnownModel, keyOf, knownModels, providersAtHand } from "./model-names.ts";
import { ModelPool } from "./model-pool.ts";
import { type ModelsFile, modelsFile } from "./models-file.ts";
import { OtherReplies } from "./other-replies.ts";
import { saidOf } from "./provider-failure.ts";
import { PROVIDERS, TIERS, type Tier } from "./provider-table.ts";
import { Replies, type Reply, type ReplyAsk } from "./replies.ts";
import { ReplyJournal } from "./reply-journal.ts";

export interface AgentsParts {
  readonly sql: Sql;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly modelsFile: string | undefined;
  readonly runCommand: RunCommand;
  readonly meter?: ReplyMeter | undefined;
}

/** Milliseconds between two looks at what other processes write. */
const OTHERS_MS = 100;

export interface ProviderShown {
  readonly provider: string;
  /** It can be asked: its key is there, or it needs none. */
  readonly ready: boolean;
  /** What to set so that it can. */
  readonly lacks?: string;
  readonly models: Readonly<Partial<Record<Tier, string>>>;
  readonly state: "closed" | "open" | "half_open";
  /** Whether it answered when it was asked which models it has. */
  readonly check?: string;
}

export class Agents {
  readonly live = new LiveReplies();
  readonly #parts: AgentsParts;
  readonly #file: UserFile<ModelsFile>;
  readonly #breaker: Breaker;
  readonly #journal: ReplyJournal;
  readonly #replies: Replies;

  constructor(parts: AgentsParts) {
    const { sql, clock } = parts;
    this.#parts = parts;
    this.#file = modelsFile(parts.modelsFile);
    this.#breaker = new Breaker(clock);
    this.#journal = new ReplyJournal(sql, clock);
    this.#replies = new Replies({
      ...parts,
      pool: new ModelPool(clock, (model) => this.#make(model)),
      breaker: this.#breaker,
      journal: this.#journal,
      live: this.live,
      modelsFile: () => this.#file.now(),
    });
  }

  modelsFile(): Promise<ModelsFile> {
    return this.#file.now();
  }

  reply(ask: ReplyAsk, signal: AbortSignal): Promise<Reply> {
    return this.#replies.ask(ask, signal);
  }

  /** Throws what a model lacks, before anything begins. */
  async look({ models, tier }: { readonly models: readonly string[]; readonly tier: Tier }): Promise<void> {
    knownModels(models, tier, await this.#file.now(), this.#parts.env);
  }

  /** Whether there is any model that can be asked. */
  async isReady(): Promise<boolean> {
    const file = await this.#file.now();
    return providersAtHand(file, this.#parts.env).length > 0 || Object.keys(file.tiers).length > 0;
  }

  async providers(withCheck: boolean, signal: AbortSignal): Promise<ProviderShown[]> {
    const file = await this.#file.now();
    const { env } = this.#parts;
    const atHand = providersAtHand(file, env);
    const names = [...new Set([...atHand, ...Object.keys(PROVIDERS), ...Object.keys(file.providers)])];
    return Promise.all(names.map((name) => this.#shown(name, atHand.includes(name), file, withCheck, signal)));
  }

  async #shown(
    provider: string,
    ready: boolean,
    file: ModelsFile,
    withCheck: boolean,
    signal: AbortSignal,
  ): Promise<ProviderShown> {
    const row = PROVIDERS[provider];
    const models = { ...row?.models, ...file.providers[provider]?.models };
    const lacks = row?.isKeyless ? `providers.${provider} in models.yaml` : (row?.keys[0] ?? "a key");
    return {
      provider,
      ready,
      ...(ready ? {} : { lacks }),
      models: Object.fromEntries(TIERS.flatMap((tier) => (models[tier] ? [[tier, models[tier]]] : []))),
      state: this.#breaker.stateOf(provider),
      ...(ready && withCheck ? { check: await this.#check(provider, file, signal) } : {}),
    };
  }

  /** Asks a provider which models it has; one that answers is well. */
  async #check(provider: string, file: ModelsFile, signal: AbortSignal): Promise<string> {
    const row = PROVIDERS[provider];
    const own = file.providers[provider];
    if (own?.command) return "a program of yours";
    const url = own?.url === undefined ? row?.check.url : `${own.url.replace(/\/$/, "")}/models`;
    const key = keyOf(provider, file, this.#parts.env);
    const header = row?.check.header;
    const auth = key === undefined ? {} : header ? { [header]: key } : { authorization: `Bearer ${key}` };
    const more = provider === "anthropic" ? { "anthropic-version": "2023-06-01" } : {};
    const headers: Record<string, string> = { ...(auth as Record<string, string>), ...more };
    using late = setAlarm(this.#parts.clock, PROVIDER_CHECK_MS);
    try {
      const either = AbortSignal.any([signal, late.signal]);
      const answer = await fetch(url ?? "", { headers, signal: either, redirect: "error" });
      await answer.body?.cancel();
      if (answer.ok) this.#breaker.succeeded(provider);
      return answer.ok ? "ok" : `answered ${answer.status}`;
    } catch (cause) {
      return late.signal.aborted ? `said nothing for ${PROVIDER_CHECK_MS / 1_000} s` : saidOf((cause as Error).message);
    }
  }

  /** Pieces of answers as they come, of a run with all that it started, until the returned function is called. */
  follow(root: string, listener: (piece: Omit<LivePiece, "root">) => void): () => void {
    const stopLive = this.live.listen(root, listener);
    const others = new OtherReplies(this.#parts.sql, this.#replies, root, listener);
    const stopOthers = every(OTHERS_MS, () => void others.look());
    return () => {
      stopLive();
      stopOthers();
    };
  }

  spent(root: string) {
    return readSpent(this.#parts.sql, root);
  }

  agentsOf(root: string, rowsMax: number) {
    return readAgents(this.#parts.sql, root, rowsMax);
  }

  /** What is being said now, by whichever process asks. */
  async openTexts(root: string): Promise<{ readonly run: string; readonly agent: string; readonly text: string }[]> {
    const { sql } = this.#parts;
    const open = await readOpenReplies(sql, root);
    return Promise.all(
      open.map(async ({ id, run_id, agent, text }) => {
        const pieces = await readPieces(sql, id);
        return { run: run_id, agent, text: text + pieces.map((piece) => piece.text).join("") };
      }),
    );
  }

  costs(by: CostKey, filter: { readonly workspace_id: string | undefined; readonly since_ms: number }) {
    return readCosts(this.#parts.sql, by, filter, COST_ROWS_MAX);
  }

  async close(): Promise<void> {
    await this.#journal.close();
  }

  async #make({ provider, model, row, key, url, command }: KnownModel): Promise<ModelClient> {
    if (command) return new CommandClient(provider, command, this.#parts.runCommand);
    const asking = { provider, variable: row.keys[0] ?? "", key, search: row.search?.(model) };
    return new AiSdkClient(await row.load({ key, url, model }), asking, this.#parts.clock);
  }
}

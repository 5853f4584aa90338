// Clients of models, kept for the next answer: one for each model and key.
import type { Clock } from "../base/clock.ts";
import { digest } from "../base/ids.ts";
import { MODEL_CLIENT_MS, MODEL_CLIENTS_MAX } from "../base/limits.ts";
import type { ModelClient } from "./model-client.ts";
import type { KnownModel } from "./model-names.ts";

interface Kept {
  readonly client: ModelClient;
  readonly madeMs: number;
}

export class ModelPool {
  readonly #clock: Clock;
  readonly #make: (model: KnownModel) => Promise<ModelClient>;
  /** The one that was used last stands last. */
  readonly #kept = new Map<string, Kept>();

  constructor(clock: Clock, make: (model: KnownModel) => Promise<ModelClient>) {
    this.#clock = clock;
    this.#make = make;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** With another key or address it is another client. */
  async of(model: KnownModel): Promise<ModelClient> {
    const { provider, model: name, key = "", url = "" } = model;
    const mark = `${provider} ${name} ${url} ${digest(key)}`;
    const now = this.#clock.elapsed();
    const kept = this.#kept.get(mark);
    this.#kept.delete(mark);
    const fresh = kept && now - kept.madeMs < MODEL_CLIENT_MS ? kept : { client: await this.#make(model), madeMs: now };
    this.#kept.set(mark, fresh);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MODEL_CLIENTS_MAX && oldest !== undefined) this.#kept.delete(oldest);
    return fresh.client;
  }
}

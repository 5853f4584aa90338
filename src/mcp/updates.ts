import type { Feed } from "../events/feed.ts";
import type { Log } from "../observe/log.ts";
import { changedUris } from "../tools/resources.ts";

/** Tells which resources have changed, to as many as ask. It follows the log only while somebody listens. */
export class ResourceUpdates {
  readonly #feed: () => Promise<Feed>;
  readonly #log: Log;
  readonly #listeners = new Set<(uri: string) => void>();
  #stop: AbortController | undefined;

  constructor(feed: () => Promise<Feed>, log: Log) {
    this.#feed = feed;
    this.#log = log;
  }

  subscribe(listener: (uri: string) => void): () => void {
    this.#listeners.add(listener);
    if (!this.#stop) {
      this.#stop = new AbortController();
      this.#follow(this.#stop.signal).catch((cause: unknown) => this.#log.warn("resource updates ended", { cause }));
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  close(): void {
    this.#stop?.abort();
    this.#stop = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const feed = await this.#feed();
    for await (const events of feed.follow({ signal })) {
      const uris = new Set(events.flatMap(changedUris));
      for (const uri of uris) {
        for (const listener of [...this.#listeners]) listener(uri);
      }
    }
  }
}

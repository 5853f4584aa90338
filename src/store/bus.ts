/**
 * Tells processes on other machines that something was committed, and hears it of them. Never more than a hint: the
 * tables are the truth, and whoever misses one looks a little later.
 */
export interface Bus {
  /** Hints arrive; while they do not, one has to look oneself. */
  readonly isConnected: boolean;
  tell(): void;
  listen(listener: () => void): () => void;
  close(): Promise<void>;
}

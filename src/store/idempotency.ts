import { type Part, run } from "./sql.ts";

export interface IdempotencyRow {
  readonly key: string;
  /** A digest of what was asked: the same key with another request is a mistake. */
  readonly request: string;
  readonly answer: string | null;
  readonly created_ms: number;
}

/** Takes the key, or answers the row of whoever took it before. */
export function* takeKey(
  key: string,
  request: string,
  now: number,
  expiredMs: number,
): Part<IdempotencyRow | undefined> {
  yield* run("DELETE FROM idempotency WHERE key = ?1 AND created_ms < ?2", [key, expiredMs]);
  const taken = yield* run(
    `INSERT INTO idempotency (key, request, created_ms) VALUES (?1, ?2, ?3)
     ON CONFLICT (key) DO NOTHING RETURNING key`,
    [key, request, now],
  );
  if (taken.length > 0) return undefined;
  return (yield* run<IdempotencyRow>("SELECT * FROM idempotency WHERE key = ?1", [key]))[0];
}

export function* keepAnswer(key: string, answer: string): Part<void> {
  yield* run("UPDATE idempotency SET answer = ?2 WHERE key = ?1", [key, answer]);
}

/** For a request that changed nothing: the key may be used again. */
export function* releaseKey(key: string): Part<void> {
  yield* run("DELETE FROM idempotency WHERE key = ?1 AND answer IS NULL", [key]);
}

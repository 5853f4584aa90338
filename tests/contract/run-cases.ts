import { test } from "bun:test";
import { casesFor } from "./all-cases.ts";
import type { TestDatabase } from "./sql-contract.ts";

interface Engine {
  readonly name: string;
  readonly dialect: TestDatabase["dialect"];
  /** A fresh database, and what ends it with everything that was connected to it. */
  fresh(): Promise<TestDatabase & AsyncDisposable>;
}

const TIMEOUT_MS = 30_000;

export function runCases(engine: Engine): void {
  for (const { name, run } of casesFor(engine.dialect)) {
    test(
      `${engine.name}: ${name}`,
      async () => {
        await using db = await engine.fresh();
        await run(db);
      },
      TIMEOUT_MS,
    );
  }
}

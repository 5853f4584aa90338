import { test } from "bun:test";
import type { ContractCase, TestDatabase } from "./sql-contract.ts";

interface Engine {
  readonly name: string;
  readonly dialect: TestDatabase["dialect"];
  /** A fresh database, and what ends it with everything that was connected to it. */
  fresh(): Promise<TestDatabase & AsyncDisposable>;
}

const TIMEOUT_MS = 30_000;

export function runCases(engine: Engine, cases: readonly ContractCase[]): void {
  for (const { name, only, run } of cases) {
    if (only && only !== engine.dialect) continue;
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

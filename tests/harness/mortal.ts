import type { Sql } from "../../src/store/sql.ts";

/** A database as a process has it that dies: from then on it is never answered again. */
export function mortal(sql: Sql): Sql & { die(): void } {
  let isDead = false;
  const never = new Promise<never>(() => {});
  return {
    dialect: sql.dialect,
    all: async (text, values) => (isDead ? never : sql.all(text, values)),
    write: async (change) => (isDead ? never : sql.write(change)),
    expectSchema: (version) => sql.expectSchema(version),
    onCommit: (listener) => sql.onCommit(() => isDead || listener()),
    watch: () => {
      const mayHaveChanged = sql.watch();
      return () => !isDead && mayHaveChanged();
    },
    listen: (listener) => sql.listen(() => isDead || listener()),
    close: () => sql.close(),
    die: () => {
      isDead = true;
    },
  };
}

import type { Sql } from "../../src/store/sql.ts";
import { aroundSql } from "./around-sql.ts";

/** A database as a process has it that dies: from then on it is never answered again. */
export function mortal(sql: Sql): Sql & { die(): void } {
  let isDead = false;
  const never = new Promise<never>(() => {});
  const around = aroundSql(sql, {
    all: async (text, values) => (isDead ? never : sql.all(text, values)),
    write: async (change, outlives) => (isDead ? never : sql.write(change, outlives)),
    writeOne: async (text, values) => (isDead ? never : sql.writeOne(text, values)),
    onCommit: (listener) => sql.onCommit(() => isDead || listener()),
    watch: () => {
      const mayHaveChanged = sql.watch();
      return () => !isDead && mayHaveChanged();
    },
    listen: (listener) => sql.listen(() => isDead || listener()),
  });
  const die = () => {
    isDead = true;
  };
  return new Proxy(around as Sql & { die(): void }, {
    get: (target, name) => (name === "die" ? die : Reflect.get(target, name)),
  });
}

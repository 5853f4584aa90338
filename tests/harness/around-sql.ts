import type { Sql } from "../../src/store/sql.ts";

/** A database that answers as another one does, but for what is said otherwise. */
export function aroundSql(sql: Sql, otherwise: Partial<Sql>): Sql {
  return new Proxy(sql, {
    get: (target, name) => {
      const own = otherwise[name as keyof Sql];
      if (own !== undefined) return own;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

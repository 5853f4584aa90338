// The store in memory, as each of several processes has it: a call arrives when the scheduler says, and is answered when
// it says, if at all. Now and then it fails before it has done anything, or its answer is lost after it has.
import { AppError } from "../../src/base/errors.ts";
import { runtime } from "../../src/runtime/current.ts";
import type { SqliteConnection } from "../../src/runtime/runtime.ts";
import { driveChange } from "../../src/store/drive-change.ts";
import { MIGRATIONS, migrate } from "../../src/store/migrate.ts";
import { type Change, inDialect, type Row, run, type Sql, type Value } from "../../src/store/sql.ts";
import { hastyClock } from "../harness/clock.ts";
import type { Random } from "../harness/random.ts";
import type { Actor, Scheduler } from "./scheduler.ts";

export interface SimulatedDatabase {
  readonly connection: SqliteConnection;
  /** Of all connections together. */
  commits: number;
  /** Called after each change, before anybody hears of it. */
  onChange(): void;
}

export interface Weather {
  /** The chance that a call fails without effect. */
  readonly fails: number;
  /** The chance that the answer to a change is lost. */
  readonly loses: number;
}

/** What a store in memory has nothing to do for. */
const still: Omit<Sql, "all" | "write" | "writeOne"> = {
  dialect: "sqlite",
  bus: "none",
  lookMs: 20,
  expectSchema: () => {},
  onCommit: () => () => {},
  watch: () => () => true,
  listen: () => () => {},
  close: async () => {},
};

/** Made once: of each world all that was in it is deleted. */
export async function memoryDatabase(): Promise<SimulatedDatabase> {
  const connection = runtime.openSqlite(":memory:");
  connection.exec("PRAGMA foreign_keys = ON");
  await migrate(plainSql(connection), { clock: hastyClock(), keepCopy: async () => {}, migrations: MIGRATIONS });
  return { connection, commits: 0, onChange: () => {} };
}

export function emptyDatabase({ connection }: SimulatedDatabase): void {
  const tables = ["run", "run_limit", "event", "worker", "fact"];
  for (const table of tables) connection.all(`DELETE FROM ${table}`);
}

export function simulatedSql(
  database: SimulatedDatabase,
  scheduler: Scheduler,
  actor: Actor,
  random: Random,
  weather: Weather,
): Sql {
  const listeners = new Set<() => void>();
  const call = <T>(work: () => T, isChange: boolean): Promise<T> =>
    new Promise((resolve, reject) => {
      const answer = (give: () => void) => scheduler.soon(actor, give);
      scheduler.soon(actor, () => {
        if (random.isTrue(weather.fails)) return answer(() => reject(away()));
        let value: T;
        try {
          value = work();
        } catch (error) {
          return answer(() => reject(error));
        }
        if (isChange && random.isTrue(weather.loses)) return answer(() => reject(lost()));
        answer(() => {
          resolve(value);
          if (isChange) for (const listener of listeners) listener();
        });
      });
    });
  const write = <T>(change: Change<T>) => call(() => commit(database, change), true);
  return {
    ...still,
    all: <T>(text: string, values: readonly Value[] = []) =>
      call(() => database.connection.all(inDialect("sqlite", text), values) as T[], false),
    write,
    writeOne: (text, values) => write(() => run(text, values)),
    onCommit: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    watch: () => {
      let seen = -1;
      return () => {
        const hasMoved = database.commits !== seen;
        seen = database.commits;
        return hasMoved;
      };
    },
  };
}

function commit<T>(database: SimulatedDatabase, change: Change<T>): T {
  const { connection } = database;
  connection.all("BEGIN");
  try {
    const value = driveChange(connection, change);
    connection.all("COMMIT");
    database.commits++;
    database.onChange();
    return value;
  } catch (error) {
    if (connection.inTransaction) connection.all("ROLLBACK");
    throw error;
  }
}

/** Without a scheduler, for the tables. */
function plainSql(connection: SqliteConnection): Sql {
  const write = async <T>(change: Change<T>) => driveChange(connection, change);
  return {
    ...still,
    all: async <T = Row>(text: string, values: readonly Value[] = []) =>
      connection.all(inDialect("sqlite", text), values) as T[],
    write,
    writeOne: (text, values) => write(() => run(text, values)),
  };
}

function away(): AppError {
  return new AppError("unavailable", "cannot reach the database: it is away", { hint: "Wait." });
}

function lost(): AppError {
  return new AppError("uncertain", "cannot tell whether the change was made", { hint: "Look." });
}

// Numbered SQL files, each in one transaction. A migration is never edited after a release. Invariant:
// a database that a newer cadre wrote is never touched, and a copy is kept before an old one is changed.
import type { Clock } from "../base/clock.ts";
import base from "./migrations/0001-base.sql" with { type: "text" };
import orchestrator from "./migrations/0002-orchestrator.sql" with { type: "text" };
import sandbox from "./migrations/0003-sandbox.sql" with { type: "text" };
import runs from "./migrations/0004-runs.sql" with { type: "text" };
import agents from "./migrations/0005-agents.sql" with { type: "text" };
import answersAndWebhooks from "./migrations/0006-answers-and-webhooks.sql" with { type: "text" };
import scans from "./migrations/0007-scans.sql" with { type: "text" };
import lostRuns from "./migrations/0008-lost-runs.sql" with { type: "text" };
import callerRates from "./migrations/0009-caller-rates.sql" with { type: "text" };
import keptWords from "./migrations/0010-kept-words.sql" with { type: "text" };
import { refuseNewerSchema, SCHEMA_VERSION } from "./schema-version.ts";
import { type Change, type Dialect, type Row, run, type Sql } from "./sql.ts";

interface Migration {
  readonly version: number;
  readonly name: string;
  readonly text: string;
}

export const MIGRATIONS: readonly Migration[] = [
  { version: 1, name: "base", text: base },
  { version: 2, name: "orchestrator", text: orchestrator },
  { version: 3, name: "sandbox", text: sandbox },
  { version: 4, name: "runs", text: runs },
  { version: 5, name: "agents", text: agents },
  { version: 6, name: "answers-and-webhooks", text: answersAndWebhooks },
  { version: 7, name: "scans", text: scans },
  { version: 8, name: "lost-runs", text: lostRuns },
  { version: 9, name: "caller-rates", text: callerRates },
  { version: 10, name: "kept-words", text: keptWords },
];

export const SCHEMA_LATEST = MIGRATIONS.at(-1)?.version ?? 0;

const HAS_MIGRATIONS = {
  sqlite: "SELECT 1 AS found FROM sqlite_schema WHERE type = 'table' AND name = 'migration'",
  postgres: "SELECT 1 AS found FROM pg_tables WHERE schemaname = current_schema() AND tablename = 'migration'",
} as const;

/** Any number, the same in every cadre: two processes that start on one PostgreSQL migrate one after the other. */
const ADVISORY_LOCK = 5_060_001;

interface MigrateOptions {
  readonly clock: Clock;
  /** Keeps a verified copy; called only when a database that holds something is about to change. */
  readonly keepCopy: (version: number) => Promise<void>;
  readonly migrations?: readonly Migration[];
}

/** Brings the tables to this program's schema and answers the version that they had before. */
export async function migrate(sql: Sql, options: MigrateOptions): Promise<number> {
  const migrations = options.migrations ?? MIGRATIONS;
  const latest = migrations.at(-1)?.version ?? 0;
  const before = await schemaVersion(sql, latest);
  if (before < latest) {
    if (before > 0) await options.keepCopy(before);
    await sql.write(applyAll(sql, migrations, options.clock.now()));
  }
  sql.expectSchema(latest);
  return before;
}

async function schemaVersion(sql: Sql, latest: number): Promise<number> {
  const found = await sql.all(HAS_MIGRATIONS[sql.dialect]);
  if (found.length === 0) return 0;
  const rows = await sql.all<Row>(SCHEMA_VERSION);
  refuseNewerSchema(rows, latest);
  return Number(rows[0]?.["version"] ?? 0);
}

function applyAll(sql: Sql, migrations: readonly Migration[], now: number): Change<void> {
  return function* () {
    if (sql.dialect === "postgres") yield* run(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    yield* run(`CREATE TABLE IF NOT EXISTS migration (
      version {int} PRIMARY KEY,
      name TEXT NOT NULL,
      applied_ms {int} NOT NULL
    ) {strict}`);
    // Another process may have been faster.
    const [row] = yield* run<{ version: number | null }>(SCHEMA_VERSION);
    for (const { version, name, text } of migrations) {
      if (version <= Number(row?.version ?? 0)) continue;
      for (const statement of statements(text, sql.dialect)) yield* run(statement);
      yield* run("INSERT INTO migration (version, name, applied_ms) VALUES (?1, ?2, ?3)", [version, name, now]);
    }
  };
}

/**
 * A statement ends with a semicolon before a line that is not indented; the body of a trigger is indented, up to
 * its END. One that begins with {only sqlite} or {only postgres} is for that engine alone.
 */
export function statements(text: string, dialect: Dialect): string[] {
  return text
    .split(/;[ \t]*(?:\n(?=\s*$|\s*\n|(?!END\b)\S)|$)/)
    .map((statement) =>
      statement
        .replace(/^\s*--.*$/gm, "")
        .trim()
        .replace(/;$/, ""),
    )
    .filter((statement) => statement !== "")
    .flatMap((statement) => {
      const [marker, only] = /^\{only (\w+)\} /.exec(statement) ?? [""];
      return only === undefined || only === dialect ? [statement.slice(marker.length)] : [];
    });
}

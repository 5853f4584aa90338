// Five proofs that this cadre works on this machine, without a network and on data of its own.
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analyzer } from "../analysis/analyzer.ts";
import { toAppError } from "../base/errors.ts";
import { Documents } from "../documents/documents.ts";
import { runPlain } from "../sandbox/doctor.ts";
import { Sandbox } from "../sandbox/sandbox.ts";
import { inspectDatabase } from "../store/inspect.ts";
import { SCHEMA_LATEST } from "../store/migrate.ts";
import { openStore } from "../store/open.ts";
import { Roles } from "../tasks/roles/roles.ts";
import type { CheckParts } from "./check.ts";
import { overHttp, overStdio } from "./server-checks.ts";

export interface Proof {
  readonly name: "dependencies" | "files" | "database" | "modules" | "server";
  readonly status: "ok" | "problem";
  readonly evidence: string;
  readonly ms: number;
}

type ProofParts = Pick<CheckParts, "runtime" | "clock" | "config" | "signal">;

export async function selftest(parts: ProofParts): Promise<Proof[]> {
  const folder = mkdtempSync(join(tmpdir(), "cadre-selftest-"));
  try {
    const proofs: [Proof["name"], () => Promise<string>][] = [
      ["dependencies", () => dependencies(parts)],
      ["files", () => files(folder)],
      ["database", () => database(folder, parts)],
      ["modules", () => modules(folder, parts)],
      ["server", () => server(parts)],
    ];
    const all: Proof[] = [];
    for (const [name, prove] of proofs) all.push(await proven(name, prove, parts));
    return all;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function proven(name: Proof["name"], prove: () => Promise<string>, { clock }: ProofParts): Promise<Proof> {
  const started = clock.elapsed();
  const ms = () => Math.round(clock.elapsed() - started);
  try {
    return { name, status: "ok", evidence: await prove(), ms: ms() };
  } catch (cause) {
    const { message, cause: inner } = toAppError(cause);
    const why = inner instanceof Error ? ` (${inner.message})` : "";
    return { name, status: "problem", evidence: message + why, ms: ms() };
  }
}

/** All that cadre brings with it; what the machine may have beside, is told by the doctor. */
async function dependencies({ runtime }: ProofParts): Promise<string> {
  const connection = runtime.openSqlite(":memory:");
  try {
    const [row] = connection.all("SELECT sqlite_version() AS version");
    const { roles } = await new Roles().list(tmpdir());
    return `${runtime.name} ${runtime.host.runtimeVersion}, SQLite ${row?.["version"]}, ${roles.length} roles`;
  } finally {
    connection.close();
  }
}

async function files(folder: string): Promise<string> {
  const inner = join(folder, "folder with ünïcode");
  mkdirSync(inner);
  writeFileSync(join(inner, "draft"), "content", { mode: 0o600 });
  renameSync(join(inner, "draft"), join(inner, "file"));
  const read = readFileSync(join(inner, "file"), "utf8");
  if (read !== "content") throw new Error(`a file came back as ${JSON.stringify(read)}`);
  return `written, renamed and read in ${tmpdir()}`;
}

async function database(folder: string, { runtime, clock }: ProofParts): Promise<string> {
  const db = join(folder, "cadre.db");
  const sql = await openStore({ runtime, clock, db, profile: "default", keepCopy: async () => {} });
  try {
    const rows = await sql.all<{ number: number }>("SELECT count(*) AS number FROM task");
    if (Number(rows[0]?.number) !== 0) throw new Error("a new database has tasks in it");
  } finally {
    await sql.close();
  }
  const { problems, schema_version } = inspectDatabase(runtime, db, "full");
  if (problems.length > 0 || schema_version !== SCHEMA_LATEST)
    throw new Error(problems[0] ?? `schema ${schema_version}`);
  return `made, brought to schema ${schema_version}, and whole`;
}

/** What is loaded only when it is needed: the sandbox, the analysis, the documents. */
async function modules(folder: string, { runtime, clock, signal }: ProofParts): Promise<string> {
  const sandbox = new Sandbox(runtime, clock, join(folder, "packages"));
  try {
    const outcome = await runPlain(sandbox, { language: "javascript", code: "6 * 7" }, signal);
    if (outcome.result !== 42) throw new Error(`the sandbox says that 6 * 7 is ${JSON.stringify(outcome.result)}`);
  } finally {
    await sandbox.close();
  }
  const pdf = await new Documents(() => []).render("Selftest", "# It works", "pdf");
  if (!Buffer.from(pdf.bytes).subarray(0, 4).equals(Buffer.from("%PDF"))) throw new Error("a PDF is none");
  const text = "import sys, os\nos.system(sys.argv[1])\n";
  const analyzer = new Analyzer({ runtime, clock, processes: 1 });
  const [report] = await analyzer.analyze([{ path: "danger.py", text }], signal);
  if ((report?.findings.length ?? 0) === 0) throw new Error("the analysis finds nothing where there is something");
  return "sandbox, analysis and documents do their work";
}

async function server(parts: ProofParts): Promise<string> {
  const stdio = await overStdio(parts);
  const http = await overHttp(parts);
  return `stdio in ${stdio.ms} ms and http in ${http.ms} ms, ${stdio.tools.length} tools`;
}

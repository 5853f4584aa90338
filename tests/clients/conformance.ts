// The official conformance suite. Which of its checks are open stands in one file, with the reason; a check
// that fails without standing there fails the run, and so does one that stands there and no longer fails.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../harness/folder.ts";
import { type Outcome, type Place, run } from "./place.ts";

const HERE = import.meta.dirname;

interface Suite {
  readonly version: string;
  readonly package: string;
  readonly args: readonly string[];
}

const SUITES: readonly Suite[] = [
  { version: "0.1.16", package: "conformance-01", args: [] },
  { version: "0.2.0-alpha.12", package: "conformance-02", args: ["--suite", "all"] },
  { version: "0.2.0-alpha.12", package: "conformance-02", args: ["--requirements", "2025-11-25"] },
  { version: "0.2.0-alpha.12", package: "conformance-02", args: ["--requirements", "2026-07-28"] },
];

interface Check {
  readonly id: string;
  readonly status: string;
  readonly errorMessage?: string;
}

interface Verdict {
  /** `scenario:check`, with what was wrong. */
  readonly failed: ReadonlyMap<string, string>;
  readonly scenarios: ReadonlySet<string>;
  readonly passed: number;
}

export async function conformance(place: Place): Promise<Outcome[]> {
  const open = readOpen();
  const outcomes: Outcome[] = [];
  for (const suite of SUITES) outcomes.push(judge(suite, await runSuite(suite, place), open));
  return outcomes;
}

async function runSuite({ package: name, args }: Suite, { origin }: Place): Promise<Verdict> {
  using results = tempFolder();
  const program = join(HERE, "node_modules", name, "dist", "index.js");
  const command = [process.execPath, program, "server", "--url", `${origin}/mcp`, "-o", results.path, ...args] as const;
  await run(command, HERE);
  const failed = new Map<string, string>();
  const scenarios = new Set<string>();
  let passed = 0;
  for (const folder of readdirSync(results.path)) {
    const scenario = folder.replace(/^server-(.+)-\d{4}-\d\d-\d\dT.*$/, "$1");
    scenarios.add(scenario);
    for (const { id, status, errorMessage } of readChecks(join(results.path, folder))) {
      if (status === "FAILURE" || status === "WARNING") failed.set(`${scenario}:${id}`, errorMessage ?? status);
      else if (status === "SUCCESS") passed++;
    }
  }
  return { failed, scenarios, passed };
}

function readChecks(folder: string): Check[] {
  return JSON.parse(readFileSync(join(folder, "checks.json"), "utf8")) as Check[];
}

function judge({ version, args }: Suite, { failed, scenarios, passed }: Verdict, open: ReadonlySet<string>): Outcome {
  const expected = new Set(
    [...open].filter((line) => line.startsWith(`${version} `)).map((line) => line.slice(version.length + 1)),
  );
  const unexpected = [...failed].filter(([check]) => !expected.has(check));
  const stale = [...expected].filter((check) => scenarios.has(check.split(":")[0] ?? "") && !failed.has(check));
  const broken = new Set([...failed.keys()].map((check) => check.split(":")[0]));
  return {
    name: ["conformance", version, ...args].join(" "),
    problems: [
      ...(scenarios.size === 0 ? ["no scenario ran"] : []),
      ...unexpected.map(([check, why]) => `fails and is not listed as open: ${check}: ${why}`),
      ...stale.map((check) => `is listed as open and does not fail: ${check}`),
    ],
    detail: `${scenarios.size - broken.size} of ${scenarios.size} scenarios, ${passed} checks; ${failed.size} checks open`,
  };
}

/** Lines like `0.1.16 tools-call-image:tools-call-image`; what stands behind # is the reason of those below it. */
function readOpen(): Set<string> {
  return new Set(
    readFileSync(join(HERE, "open-scenarios.txt"), "utf8")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#")),
  );
}

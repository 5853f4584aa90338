import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { BUNDLE_LINES_MAX } from "../base/limits.ts";
import { redact } from "../base/redact.ts";
import { didYouMean, printable } from "../base/text.ts";
import { COMMIT } from "../base/version.ts";
import { SETTING_KEYS } from "../config/settings.ts";
import { GROUPS, type Group } from "../doctor/check.ts";
import { examine, type Looked } from "../doctor/doctor.ts";
import { logFolder } from "../observe/log-file.ts";
import { lastLines } from "../observe/log-reader.ts";
import { type CliContext, type CommandInput, isSet } from "./command.ts";
import { type Paint, painter } from "./output.ts";

const UNHEALTHY = 1;
/** No session is as old: none is closed for it. */
const NEVER_MS = Number.MAX_SAFE_INTEGER;

export async function runDoctor(
  context: CliContext,
  input: CommandInput,
): Promise<Record<string, unknown> | undefined> {
  const { runtime, clock, config, databasePath, version, signal, toolbox } = context;
  const groups = input.rest.map(groupNamed);
  if (isSet(input, "release-stale")) return releaseStale(context);
  const tools = toolbox.listed().map(({ name }) => name);
  const parts = { runtime, clock, config, databasePath, version, signal, tools };
  const looked = await examine(parts, groups, isSet(input, "fix"));
  const isWell = looked.every(({ status }) => status !== "problem");
  input.exitWith(isWell ? 0 : UNHEALTHY);
  const bundle = input.flags["bundle"]?.at(-1);
  if (bundle !== undefined) writeBundle(resolve(runtime.host.cwd, bundle), looked, context);
  if (input.asJson) return { healthy: isWell, checks: looked, ...(bundle === undefined ? {} : { bundle }) };
  await runtime.writeOut(screen(looked, painter(runtime.host), bundle));
  return undefined;
}

function groupNamed(given: string): Group {
  const group = GROUPS.find((one) => one === given);
  if (group) return group;
  throw new AppError("invalid_input", `no group of checks ${printable(given)}`, {
    hint: didYouMean(given, GROUPS, `There are ${GROUPS.join(", ")}.`),
  });
}

const MARKS = { ok: "ok", note: "note", warning: "warning", problem: "PROBLEM" } as const;
const COLOURS = { ok: "green", note: "blue", warning: "yellow", problem: "red" } as const;

function screen(looked: readonly Looked[], paint: Paint, bundle: string | undefined): string {
  const width = Math.max(...looked.map(({ name }) => name.length));
  const lines = Object.entries(Object.groupBy(looked, ({ group }) => group)).flatMap(([group, rows = []]) => [
    group,
    ...rows.flatMap((row) => lineOf(row, width, paint)),
    "",
  ]);
  const count = (status: Looked["status"]) => looked.filter((one) => one.status === status).length;
  const sum = `${looked.length} checks, ${count("problem")} problems, ${count("warning")} warnings`;
  return [
    ...lines,
    sum,
    ...(bundle === undefined ? [] : [`written to ${bundle}; read it before you give it away`]),
    "",
  ].join("\n");
}

function lineOf({ name, status, evidence, fix, mended }: Looked, width: number, paint: Paint): string[] {
  const indent = " ".repeat(width + 13);
  return [
    `  ${name.padEnd(width)}  ${paint(COLOURS[status], MARKS[status].padEnd(9))}${printable(evidence)}`,
    ...(fix === undefined || status === "ok" ? [] : [`${indent}→ ${printable(fix)}`]),
    ...(mended === undefined ? [] : [`${indent}mended: ${printable(mended)}`]),
  ];
}

/** One file that people can read before they give it away. */
function writeBundle(path: string, checks: readonly Looked[], { config, runtime, version }: CliContext): void {
  const settings = SETTING_KEYS.flatMap((key) =>
    config.settings[key] === undefined
      ? []
      : [[key, { value: config.settings[key], from: config.origins[key] ?? "default" }]],
  );
  const bundle = {
    cadre: { version, commit: COMMIT, runtime: `${runtime.name} ${runtime.host.runtimeVersion}` },
    system: { platform: runtime.host.platform, arch: runtime.host.arch },
    settings: Object.fromEntries(settings),
    warnings: config.warnings,
    checks,
    log: lastLines(logFolder(config.folders.data), { level: "debug", sinceMs: 0 }, BUNDLE_LINES_MAX),
  };
  const home = runtime.host.homeDir;
  const text = JSON.stringify(redact(bundle), null, 2);
  writeFileSync(path, `${home.length > 1 ? text.replaceAll(home, "~") : text}\n`, { mode: 0o600 });
}

async function releaseStale({ open }: CliContext): Promise<Record<string, unknown>> {
  const { sessions, workspaces } = await open();
  const released: { task: string; title: string; workspace: string }[] = [];
  for (const { path } of await workspaces.list()) {
    const cleaned = await sessions.cleanUp(path, { idleMs: NEVER_MS, isDryRun: false });
    released.push(...cleaned.released.map(({ id, title }) => ({ task: id, title, workspace: path })));
  }
  return released.length === 0 ? { released: 0 } : { released };
}

import type { Json } from "../../base/json.ts";
import { RUNS_EXPORTED_MAX } from "../../base/limits.ts";
import { type KeptEvent, readFamily, readRunEvents, readSignals } from "../../store/run-family.ts";
import { readSteps } from "../../store/run-steps.ts";
import type { RunRow } from "../../store/runs.ts";
import type { Sql } from "../../store/sql.ts";
import { readDefinition } from "../../store/workflow-definitions.ts";
import type { ExportedRun, RunFile } from "./run-file.ts";

/** On whose behalf it ran is not told: whoever imports it is somebody else. */
export async function exportRun(
  sql: Sql,
  id: string,
  about: { readonly cadre: string; readonly nowMs: number },
): Promise<RunFile> {
  const family = await readFamily(sql, id, RUNS_EXPORTED_MAX);
  const runs: ExportedRun[] = [];
  const events = await readRunEvents(
    sql,
    family.map((row) => row.id),
  );
  for (const row of family) runs.push(await exported(sql, row, events.get(row.id) ?? [], row.id === id));
  const definitions: RunFile["definitions"] = [];
  for (const digest of new Set(family.map(({ version }) => version))) {
    const text = await readDefinition(sql, digest);
    if (text !== undefined) definitions.push({ digest, text });
  }
  const exportedAt = new Date(about.nowMs).toISOString();
  return { format: "cadre-run", format_version: 1, cadre: about.cadre, exported: exportedAt, runs, definitions };
}

async function exported(sql: Sql, row: RunRow, events: readonly KeptEvent[], isFirst: boolean): Promise<ExportedRun> {
  const steps = await readSteps(sql, row.id);
  const signals = await readSignals(sql, row.id);
  return {
    id: row.id,
    parent: isFirst ? null : row.parent_id,
    parent_step: isFirst ? null : row.parent_step,
    workflow: row.workflow,
    version: row.version,
    handler: row.handler,
    status: row.status,
    priority: row.priority,
    crashes: row.crashes,
    ...kept("input", row.input),
    ...kept("output", row.output),
    ...kept("error", row.error),
    created_ms: row.created_ms,
    updated_ms: row.updated_ms,
    started_ms: row.started_ms,
    ended_ms: row.ended_ms,
    steps: steps.map(({ run_id: _run, about, output, error, ...step }) => ({
      ...step,
      ...kept("about", about),
      ...kept("output", output),
      ...kept("error", error),
    })),
    signals: signals.map(({ data, ...signal }) => ({ ...signal, ...kept("data", data) })),
    events: events.map(({ subject: _run, data, ...event }) => ({
      ...event,
      data: JSON.parse(data) as Record<string, unknown>,
    })),
  };
}

function kept<Name extends string>(name: Name, text: string | null): { [key in Name]?: Json } {
  return text === null ? {} : ({ [name]: JSON.parse(text) } as { [key in Name]?: Json });
}

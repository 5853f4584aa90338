// Secrets that a commit has brought and a later one may have taken out: whoever has the history has them.
import type { AddedBatch } from "../../project/added-lines.ts";
import type { Analyzer } from "../analyzer.ts";
import type { Finding } from "../finding.ts";
import type { AnalysisSettings } from "../settings.ts";

export interface HistorySecrets {
  readonly findings: readonly Finding[];
  /** Some commit has added more than was looked at. */
  readonly isCut: boolean;
}

export async function historySecrets(
  analyzer: Analyzer,
  batches: AsyncIterable<AddedBatch>,
  settings: AnalysisSettings,
  isWanted: (path: string) => boolean,
  signal: AbortSignal,
  progress: (done: number, total: number, path: string) => void,
): Promise<HistorySecrets> {
  /** The first commit that has brought it. */
  const found = new Map<string, Finding>();
  let isCut = false;
  for await (const batch of batches) {
    const added = batch.added.filter(({ path }) => isWanted(path));
    const jobs = added.map(({ path, text }) => ({ path, text, only: "secrets" as const }));
    const reports = await analyzer.analyze(jobs, signal, { settings });
    for (const [at, { findings }] of reports.entries()) {
      const { commit = "", lines = [] } = added[at] ?? {};
      for (const finding of findings) {
        if (finding.suppressed || found.has(finding.fingerprint)) continue;
        const lineOf = (line: number) => lines[line - 1] ?? line;
        const place = { line: lineOf(finding.line), end_line: lineOf(finding.end_line) };
        found.set(finding.fingerprint, { ...finding, ...place, commit });
      }
    }
    isCut ||= batch.isCut;
    progress(batch.commits, batch.of, "the history");
  }
  return { findings: [...found.values()], isCut };
}

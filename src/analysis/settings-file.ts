import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { PROJECT_FILE_BYTES_MAX } from "../base/limits.ts";
import { closest, printable } from "../base/text.ts";
import { readProjectFile } from "../config/project-file.ts";
import { readYaml } from "../config/yaml.ts";
import { ANALYSIS_FILE, AnalysisSettings, PLAIN_SETTINGS } from "./settings.ts";

/** What a project says of how it is looked at; without a file, nothing. */
export async function readAnalysisSettings(project: string): Promise<AnalysisSettings> {
  const file = readProjectFile(project, ANALYSIS_FILE, PROJECT_FILE_BYTES_MAX);
  if (!file) return PLAIN_SETTINGS;
  const path = join(project, ...ANALYSIS_FILE);
  if ("problem" in file) throw cannotUse(path, file.problem);
  const read = await readYaml(file.text);
  if ("problem" in read) {
    const { line, column, message } = read.problem;
    throw cannotUse(line === undefined ? path : `${path}:${line}:${column}`, message);
  }
  const parsed = AnalysisSettings.safeParse(read.value ?? {});
  if (!parsed.success) throw cannotUse(path, ...said(parsed.error.issues[0]));
  await checkFlows(path, parsed.data);
  return parsed.data;
}

type Issue = { readonly path: readonly PropertyKey[]; readonly message: string; readonly keys?: readonly string[] };

function said(issue: Issue | undefined): [problem: string, hint?: string] {
  const place = issue?.path.map(String).join(".") ?? "";
  const [key] = issue?.keys ?? [];
  if (key === undefined) return [`${place ? `${place}: ` : ""}${issue?.message ?? "it says nothing of an analysis"}`];
  const known = Object.keys(AnalysisSettings.shape);
  const near = place === "" ? closest(key, known) : undefined;
  return [`there is no ${printable(key)}`, near ? `Did you mean ${near}?` : undefined].filter(
    (one) => one !== undefined,
  ) as [string, string?];
}

/** Weaknesses that are named must be there, and a pattern of a project's own must be one. */
async function checkFlows(path: string, { flows, own }: AnalysisSettings): Promise<void> {
  for (const { id, pattern } of own) {
    try {
      new RegExp(pattern, "gm");
    } catch (cause) {
      throw cannotUse(path, `own.${id}: ${(cause as Error).message}`);
    }
  }
  for (const [language, { sanitizers, sinks }] of Object.entries(flows)) {
    // The rules are read only for those who name some.
    const { weaknessesOf } = await import("./security/rules-of.ts");
    const known = await weaknessesOf(language);
    for (const weakness of [...Object.keys(sanitizers), ...Object.keys(sinks)]) {
      if (known.includes(weakness)) continue;
      const near = closest(weakness, known);
      throw cannotUse(
        path,
        `flows.${language}: there is no weakness ${printable(weakness)}`,
        near && `Did you mean ${near}?`,
      );
    }
  }
}

function cannotUse(
  path: string,
  problem: string,
  hint = "Mend the file, or remove it; docs/analysis.md says what it may say.",
): AppError {
  return new AppError("invalid_input", `cannot use ${path}: ${problem}`, { hint });
}

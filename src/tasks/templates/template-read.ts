// The text of a template file, checked. What is wrong is said with its line and column.
import type { z } from "zod";
import { AppError } from "../../base/errors.ts";
import { isRecord } from "../../base/json.ts";
import { TEMPLATE_PROBLEMS_MAX } from "../../base/limits.ts";
import { clip, didYouMean, printable } from "../../base/text.ts";
import { readYaml, type YamlProblem } from "../../config/yaml.ts";
import { placeInYaml } from "../../config/yaml-place.ts";
import { type KeyProblem, templateProblems } from "./template-check.ts";
import { TEMPLATE_SHAPES, TemplateFile } from "./template-file.ts";

export type ReadTemplate = { readonly template: TemplateFile } | { readonly problems: readonly YamlProblem[] };

export async function readTemplate(text: string): Promise<ReadTemplate> {
  const read = await readYaml(text);
  if ("problem" in read) return { problems: [read.problem] };
  const { template, problems } = check(read.value);
  if (template && problems.length === 0) return { template };
  const told = problems.slice(0, MAX);
  return { problems: await Promise.all(told.map((problem) => placed(text, problem))) };
}

async function placed(text: string, { path, message }: KeyProblem): Promise<YamlProblem> {
  const place = await placeInYaml(text, path);
  return {
    ...place,
    message: printable(clip(`${path.map(String).join(".") || "file"}: ${message}`, PROBLEM_CHARS_MAX)),
  };
}

const PROBLEM_CHARS_MAX = 300;

function check(value: unknown): { readonly template?: TemplateFile; readonly problems: readonly KeyProblem[] } {
  try {
    const file = TemplateFile.safeParse(value);
    if (!file.success) return { problems: file.error.issues.slice(0, MAX).flatMap((one) => problemsOf(one, value)) };
    return { template: file.data, problems: [...templateProblems(file.data).take(MAX)] };
  } catch {
    // zod compares the length of what is no text, too: {length: {toString: 1}} cannot be compared, and throws.
    return { problems: [{ path: [], message: "a value is of the wrong kind" }] };
  }
}

const MAX = TEMPLATE_PROBLEMS_MAX;

function problemsOf(issue: z.core.$ZodIssue, file: unknown): KeyProblem[] {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = Object.keys(TEMPLATE_SHAPES[path.length === 0 ? "file" : path[0] === "tasks" ? "task" : "parameter"]);
    return issue.keys.slice(0, MAX).map((key) => ({
      path: [...path, key],
      message: `there is no such key. ${didYouMean(key, known, `There are ${known.join(", ")}.`)}`,
    }));
  }
  if (issue.code === "invalid_key") return [{ path, message: issue.issues[0]?.message ?? message }];
  if (message.endsWith("received undefined")) return [{ path, message: "it is missing" }];
  return [{ path, message: `${message}${quotesMissing(file, path)}` }];
}

/** `title: {{x}}` is a map of a map for YAML. */
function quotesMissing(file: unknown, path: readonly PropertyKey[]): string {
  let value = file;
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  const [key] = isRecord(value) ? Object.keys(value) : [];
  return key?.startsWith("{") ? ": a text that begins with {{ stands in quotes" : "";
}

export function brokenTemplate(file: string, problems: readonly YamlProblem[]): AppError {
  const fields = problems.map(({ message, ...place }) => ({ path: placeOf({ file, ...place }), message }));
  const list = fields.map(({ path, message }) => `\n  ${path}  ${message}`).join("");
  return new AppError("invalid_input", `cannot use template ${file}:${list}`, {
    hint: "Mend it, then look again with: cadre template validate",
    fields,
  });
}

interface Place {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}

/** As editors and terminals link it: file, line, column. */
export function placeOf({ file, line, column }: Place): string {
  return [file, line, column].filter((part) => part !== undefined).join(":");
}

// The text of a file that somebody wrote by hand in YAML, checked against what it may say. What is wrong is said
// with its line and column.
import type { z } from "zod";
import { AppError } from "../base/errors.ts";
import { isRecord } from "../base/json.ts";
import { DEFINITION_PROBLEMS_MAX } from "../base/limits.ts";
import { clip, didYouMean, printable } from "../base/text.ts";
import { readYaml, type YamlProblem } from "./yaml.ts";
import { placeInYaml } from "./yaml-place.ts";

export interface KeyProblem {
  /** The way to the key. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export type ReadDefinition<T> = { readonly definition: T } | { readonly problems: readonly YamlProblem[] };

export interface DefinitionShape<T> {
  readonly schema: z.ZodType<T>;
  /** The keys that may stand in the mapping at this path, for whoever misspells one. */
  keysAt(path: readonly PropertyKey[]): readonly string[];
  /** What a schema cannot see; one after the other, because who tells ten asks for ten. */
  problems(definition: T): Iterable<KeyProblem>;
}

export async function readDefinition<T>(text: string, shape: DefinitionShape<T>): Promise<ReadDefinition<T>> {
  const read = await readYaml(text);
  if ("problem" in read) return { problems: [read.problem] };
  const { definition, problems } = check(read.value, shape);
  if (definition !== undefined && problems.length === 0) return { definition };
  return { problems: await placeProblems(text, problems) };
}

/** Each with where it stands in the text. */
export function placeProblems(text: string, problems: readonly KeyProblem[]): Promise<YamlProblem[]> {
  return Promise.all(problems.slice(0, MAX).map((problem) => placed(text, problem)));
}

async function placed(text: string, { path, message }: KeyProblem): Promise<YamlProblem> {
  const place = await placeInYaml(text, path);
  return {
    ...place,
    message: printable(clip(`${path.map(String).join(".") || "file"}: ${message}`, PROBLEM_CHARS_MAX)),
  };
}

const PROBLEM_CHARS_MAX = 300;
const MAX = DEFINITION_PROBLEMS_MAX;

function check<T>(
  value: unknown,
  shape: DefinitionShape<T>,
): { readonly definition?: T; readonly problems: readonly KeyProblem[] } {
  try {
    const file = shape.schema.safeParse(value);
    if (!file.success) {
      // What is missing may be there under a misspelled name, which says more.
      const { issues } = file.error;
      const isNamed = ({ code }: z.core.$ZodIssue) => code === "unrecognized_keys";
      const sorted = [...issues.filter(isNamed), ...issues.filter((issue) => !isNamed(issue))];
      return { problems: sorted.slice(0, MAX).flatMap((one) => problemsOf(one, value, shape)) };
    }
    return { definition: file.data, problems: firstOf(shape.problems(file.data)) };
  } catch {
    // zod compares the length of what is no text, too: {length: {toString: 1}} cannot be compared, and throws.
    return { problems: [{ path: [], message: "a value is of the wrong kind" }] };
  }
}

function firstOf(problems: Iterable<KeyProblem>): KeyProblem[] {
  const first: KeyProblem[] = [];
  for (const problem of problems) {
    first.push(problem);
    if (first.length === MAX) break;
  }
  return first;
}

function problemsOf(
  issue: z.core.$ZodIssue,
  file: unknown,
  { keysAt }: Pick<DefinitionShape<unknown>, "keysAt">,
): KeyProblem[] {
  const { path, message } = issue;
  if (issue.code === "unrecognized_keys") {
    const known = keysAt(path);
    return issue.keys.slice(0, MAX).map((key) => ({
      path: [...path, key],
      message: `there is no such key. ${didYouMean(key, [...known], `There are ${known.join(", ")}.`)}`,
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

export function brokenDefinition(noun: string, file: string, problems: readonly YamlProblem[]): AppError {
  const fields = problems.map(({ message, ...place }) => ({ path: placeOf({ file, ...place }), message }));
  const list = fields.map(({ path, message }) => `\n  ${path}  ${message}`).join("");
  return new AppError("invalid_input", `cannot use ${noun} ${file}:${list}`, {
    hint: `Mend it, then look again with: cadre ${noun} validate`,
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

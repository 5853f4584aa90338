// JSON schemas, as the forms that answers of models have to have.
import { z } from "zod";
import { AppError } from "./errors.ts";
import { isRecord, type Json } from "./json.ts";

const PROBLEMS_SHOWN = 10;

export type JsonForm = Readonly<Record<string, Json>>;

/** What is wrong with the form itself, if something is. */
export function formProblem(form: Json): string | undefined {
  if (!isRecord(form)) return "expected a JSON schema";
  try {
    z.fromJSONSchema(form as never);
    return undefined;
  } catch (cause) {
    return `it is no JSON schema: ${(cause as Error).message}`;
  }
}

/** What does not fit, each with its place; none when it does. */
export function misfits(form: JsonForm, value: unknown): string[] {
  const parsed = z.fromJSONSchema(form as never).safeParse(value);
  if (parsed.success) return [];
  return parsed.error.issues
    .slice(0, PROBLEMS_SHOWN)
    .map(({ path, message }) => `${path.length === 0 ? "it" : path.join(".")}: ${message}`);
}

/** The JSON in a text: alone, in a fence, or between words. */
export function jsonInText(text: string): Json | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/.exec(text)?.[1];
  const begin = text.search(/[[{]/);
  const end = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  const cut = begin >= 0 && end > begin ? text.slice(begin, end + 1) : undefined;
  for (const candidate of [text, fenced, cut]) {
    if (candidate === undefined) continue;
    try {
      return JSON.parse(candidate) as Json;
    } catch {
      // The next may be it.
    }
  }
  return undefined;
}

/** Of a text that has to have this form. */
export function readForm(form: JsonForm, text: string, doing: string): Json {
  const value = jsonInText(text);
  const problems = value === undefined ? ["it holds no JSON"] : misfits(form, value);
  if (value !== undefined && problems.length === 0) return value;
  throw new AppError("invalid_input", `cannot ${doing}: it does not have the form that is asked for`, {
    hint: `Give JSON of this form: ${JSON.stringify(form).slice(0, 1_500)}`,
    fields: problems.map((message) => ({ path: "work", message })),
  });
}

// Inputs that several tools take, in the same words.
import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import {
  PAGE_ROWS,
  PAGE_ROWS_MAX,
  PATH_CHARS_MAX,
  SEARCH_CHARS_MAX,
  TEMPLATE_ENTRIES_MAX,
  TEMPLATE_VALUE_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";

export const workspace = z.string().max(PATH_CHARS_MAX).optional().describe("Another project's folder.");
export const limit = z.number().int().min(1).max(PAGE_ROWS_MAX).default(PAGE_ROWS);
export const cursor = z.string().max(20).optional();
export const more = z.string().optional().describe("There is more: give it back for the next page.");
export const lease = idSchema("lease").optional().describe("From task_start.");
export const text = z.string().max(SEARCH_CHARS_MAX).optional().describe("Search words.");
export const behind = z.boolean().optional().describe("The newest changes could not be searched yet.");

const NUMBER_MAX = 1e15;
const Value = z.union([
  z.string().max(TEMPLATE_VALUE_CHARS_MAX),
  z.number().min(-NUMBER_MAX).max(NUMBER_MAX),
  z.boolean(),
  z.array(z.string().max(TEMPLATE_VALUE_CHARS_MAX)).max(TEMPLATE_ENTRIES_MAX),
]);
/** Of a template, or of a workflow. */
export const values = z.record(z.string().max(WORD_CHARS_MAX), Value).optional();

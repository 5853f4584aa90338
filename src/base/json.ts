import { AppError } from "./errors.ts";
import { JSON_DEPTH_MAX } from "./limits.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Parses what a caller sent. Deep nesting is refused before anything walks it. */
export function parseJson(text: string, what: string): unknown {
  const depth = nesting(text);
  if (depth > JSON_DEPTH_MAX) {
    throw new AppError("invalid_input", `cannot read ${what}: nested deeper than ${JSON_DEPTH_MAX} levels`, {
      hint: "Send a flatter value.",
    });
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new AppError("invalid_input", `cannot read ${what}: not valid JSON`, {
      hint: 'Send one JSON object, like {"title": "…"}.',
      cause,
    });
  }
}

/** What a text says as JSON; undefined when it is none, or not there. For texts that nobody vouches for. */
export function jsonIn(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The deepest nesting of brackets outside strings; cheap, and right for every text that is valid JSON. */
export function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) at = endOfString(text, at);
    else if (char === OPEN_ARRAY || char === OPEN_OBJECT) deepest = Math.max(deepest, ++depth);
    else if (char === CLOSE_ARRAY || char === CLOSE_OBJECT) depth--;
  }
  return deepest;
}

/** Where the string that begins at `start` ends. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  return at;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The same text for the same value, whatever order its keys were written in. */
export function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    isRecord(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner,
  );
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Replaces what no database keeps in a text: lone surrogates, which UTF-8 does not know, and NUL. */
export function wellFormed<T>(value: T): T {
  return isWellFormed(value) ? value : mended(value);
}

function isWellFormed(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.keys(value).every((key) => isWellFormed(key) && isWellFormed((value as Record<string, unknown>)[key]));
}

function mended<T>(value: T): T {
  if (typeof value === "string") return storable(value) as T;
  if (Array.isArray(value)) return value.map(mended) as T;
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [storable(key), mended(inner)])) as T;
}

function storable(text: string): string {
  return text.toWellFormed().replaceAll("\0", "\uFFFD");
}

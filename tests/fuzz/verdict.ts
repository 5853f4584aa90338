// What every answer must be, whatever was asked: a result, or an error out of the closed table with a message
// and a next step. Never an unexpected failure, a stack, or a place on this machine that the caller did not name.
import { ERROR_CODES } from "../../src/base/errors.ts";
import { isRecord } from "../../src/base/json.ts";

/** A property that did not hold; the runner adds how to see it again. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export interface Places {
  /** Folders whose names no answer may tell: the sources, the data folder. */
  readonly hidden: readonly string[];
}

const STACK =
  /(^|\n)\s+at .{1,300}[:(]\d+:\d+\)?|\.ts:\d+:\d+|node_modules|\bbun:sqlite\b|SQLITE_[A-Z]+|TypeError|RangeError/;
/** What a caller's own program did wrong, with its own stack; in a text of JSON its quotes are escaped. */
const FAILURE = /failure\\*":\{.*?\}/gs;
const SHOWN_CHARS_MAX = 2_000;

/** A text that leaves for a caller. */
export function checkText(text: string, places: Places): void {
  const own = text.replaceAll(FAILURE, "");
  const stack = STACK.exec(own);
  if (stack) throw new Violation(`an inner detail shows: ${JSON.stringify(around(own, stack.index))}`);
  for (const place of places.hidden) {
    const at = text.indexOf(place);
    if (at >= 0) throw new Violation(`a place of this machine shows: ${JSON.stringify(around(text, at))}`);
  }
}

function around(text: string, at: number): string {
  return text.slice(Math.max(0, at - 200), at + 200);
}

/** The error of a tool, whatever face brought it. */
export function checkError(error: unknown, places: Places): void {
  if (!isRecord(error)) throw new Violation(`not an error object: ${short(error)}`);
  const { code, message, hint } = error;
  if (typeof code !== "string" || !Object.hasOwn(ERROR_CODES, code))
    throw new Violation(`no such code: ${short(error)}`);
  if (code === "internal") throw new Violation(`an unexpected failure: ${short(error)}`);
  if (typeof message !== "string" || message === "") throw new Violation(`an error without a message: ${short(error)}`);
  if (typeof hint !== "string" || hint === "") throw new Violation(`an error without a hint: ${short(error)}`);
  checkText(message, places);
  checkText(hint, places);
  const chars = JSON.stringify(error).length;
  if (chars > ERROR_CHARS_MAX) throw new Violation(`an error of ${chars} characters: ${short(error)}`);
}

/** Whoever sends ten million characters does not get them back. */
const ERROR_CHARS_MAX = 16_384;

/** `{"error": {…}}`, or a result. */
export function checkAnswer(answer: unknown, places: Places): void {
  if (!isRecord(answer)) throw new Violation(`an answer that is no object: ${short(answer)}`);
  if ("error" in answer) checkError(answer["error"], places);
}

const PROTOCOL_CODES = [-32_700, -32_600, -32_601, -32_602, -32_000, -32_001, -32_002, -32_020, -32_021, -32_022];

/** One JSON-RPC message from the server. */
export function checkMessage(message: unknown, places: Places): void {
  if (!isRecord(message) || message["jsonrpc"] !== "2.0") throw new Violation(`not JSON-RPC: ${short(message)}`);
  const { error, result } = message;
  if (isRecord(error)) {
    const isTyped = isRecord(error["data"]) && "hint" in error["data"];
    if (!isTyped && !PROTOCOL_CODES.includes(Number(error["code"])))
      throw new Violation(`an unexpected failure: ${short(message)}`);
    if (typeof error["message"] !== "string") throw new Violation(`an error without a message: ${short(message)}`);
    checkText(error["message"], places);
    if (isTyped) checkError(error["data"], places);
    return;
  }
  if (result === undefined && typeof message["method"] !== "string") throw new Violation(`neither: ${short(message)}`);
  if (isRecord(result) && Array.isArray(result["content"]))
    checkCallResult(result["content"], result["isError"] === true, places);
}

function checkCallResult(content: readonly unknown[], isError: boolean, places: Places): void {
  const [first] = content;
  const text = isRecord(first) ? first["text"] : undefined;
  if (typeof text !== "string") throw new Violation(`a result without text: ${short(content)}`);
  const answer = parsed(text);
  if (isError !== (isRecord(answer) && "error" in answer)) throw new Violation(`isError is not true: ${short(text)}`);
  checkAnswer(answer, places);
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Violation(`not JSON: ${short(text)}`);
  }
}

export function short(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : (JSON.stringify(value) ?? String(value));
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}… (${text.length} characters)` : text;
}

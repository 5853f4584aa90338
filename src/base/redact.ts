/** Names whose values are never shown. */
const SECRET_NAME = /(pass(word|wd)?|secret|token|api[_-]?key|authorization|cookie|credential|private[_-]?key)/i;
/**
 * Values that are secrets whatever they are called: credentials in a header, in a URL (up to its last @, except
 * behind a port) and in its query, cadre's own tokens.
 */
const SECRET_VALUE =
  /(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}|(:\/\/[^\s/:@]*:)(?!\d{1,5}(?:[/?#]|$))[^\s"'<>]{1,500}(?=@)|([?&](?:password|passwd|token|secret|api[_-]?key)=)[^\s&#"']+|\bcadre_[0-9a-f]{32,}\b/gi;

const HIDDEN = "[hidden]";

export function redactText(text: string): string {
  return text.replace(SECRET_VALUE, (_all, header = "", url = "", query = "") => `${header}${url}${query}${HIDDEN}`);
}

/** Deeper than this nobody reads, and a value that holds itself must end somewhere. */
const DEPTH_MAX = 8;

/** A copy that may be logged or shown. */
export function redact(value: unknown, name = "", depth = 0): unknown {
  if (name && SECRET_NAME.test(name) && value !== undefined && value !== null) return HIDDEN;
  if (typeof value === "string") return redactText(value);
  if (value instanceof Error) return redactText(`${value.name}: ${value.message}`);
  if (typeof value === "bigint") return String(value); // JSON has no word for it.
  if (typeof value !== "object" || value === null) return value;
  if (depth >= DEPTH_MAX) return "…";
  if (Array.isArray(value)) return value.map((inner) => redact(inner, "", depth + 1));
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, redact(inner, key, depth + 1)]));
}

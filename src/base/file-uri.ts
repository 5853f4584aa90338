import { FILE_URI_CHARS_MAX } from "./limits.ts";

/**
 * The path of a `file:` address, as its own system writes it: `/x`, `C:/x`, `\\server\share\x`. Undefined for what
 * names no path beyond doubt: a folder that is guessed would be somebody else's.
 */
export function pathOfFileUri(uri: string): string | undefined {
  if (uri.length > FILE_URI_CHARS_MAX || !/^file:\/\//i.test(uri)) return undefined;
  const url = URL.parse(uri);
  // A ? or # that was not encoded has cut the path; an encoded slash is none, and a decoded one would become one.
  if (!url || /[?#]|%2f|%5c|%00/i.test(uri)) return undefined;
  const path = decoded(url.pathname);
  if (path === undefined) return undefined;
  if (url.hostname !== "" && url.hostname !== "localhost") return `\\\\${url.hostname}${path.replaceAll("/", "\\")}`;
  return path.replace(/^\/(?=[A-Za-z]:(\/|$))/, "");
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined; // Percent signs that are none of UTF-8.
  }
}

/** Endings of files by what they hold, where that is clear. */
const ENDINGS: ReadonlyMap<string, string> = new Map([
  ["text/markdown", "md"],
  ["text/plain", "txt"],
  ["text/csv", "csv"],
  ["text/html", "html"],
  ["text/css", "css"],
  ["text/javascript", "js"],
  ["application/json", "json"],
  ["application/yaml", "yaml"],
  ["application/toml", "toml"],
  ["application/xml", "xml"],
  ["application/sql", "sql"],
  ["application/pdf", "pdf"],
  ["application/zip", "zip"],
  ["application/gzip", "gz"],
  ["image/png", "png"],
  ["image/jpeg", "jpg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
  ["image/svg+xml", "svg"],
]);

export const MARKDOWN = "text/markdown";

/** Text of a kind that is not known is what a model writes: it reads as Markdown. */
export function endingOf(mime: string): string {
  return ENDINGS.get(essence(mime)) ?? (isText(mime) ? "md" : "bin");
}

export function isText(mime: string): boolean {
  const type = essence(mime);
  return (
    type.startsWith("text/") ||
    /\+(json|xml|yaml)$/.test(type) ||
    /^application\/(json|yaml|toml|xml|sql|javascript|typescript|graphql|x-[a-z-]*(sh|yaml|toml|python|ndjson))$/.test(
      type,
    )
  );
}

/** The type without its parameters. */
function essence(mime: string): string {
  return (mime.split(";")[0] ?? "").trim().toLowerCase();
}

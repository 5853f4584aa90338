/** Endings of files by what they hold; the first of a type's endings is the one that is written. */
const ENDINGS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  "text/markdown": ["md", "markdown"],
  "text/plain": ["txt", "log"],
  "text/csv": ["csv"],
  "text/html": ["html", "htm"],
  "text/css": ["css"],
  "text/javascript": ["js", "mjs"],
  "application/json": ["json"],
  "application/yaml": ["yaml", "yml"],
  "application/toml": ["toml"],
  "application/xml": ["xml"],
  "application/sql": ["sql"],
  "application/pdf": ["pdf"],
  "application/zip": ["zip"],
  "application/gzip": ["gz"],
  "image/png": ["png"],
  "image/jpeg": ["jpg", "jpeg"],
  "image/gif": ["gif"],
  "image/webp": ["webp"],
  "image/svg+xml": ["svg"],
};

export const MARKDOWN = "text/markdown";
const BINARY = "application/octet-stream";

/** Text of a kind that is not known is what a model writes: it reads as Markdown. */
export function endingOf(mime: string): string {
  const known = ENDINGS[essence(mime)]?.[0];
  return known ?? (isText(mime) ? "md" : "bin");
}

/** What a file of this name holds, by its ending. */
export function mimeOf(name: string): string {
  const ending = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? "";
  return Object.entries(ENDINGS).find(([, endings]) => endings.includes(ending))?.[0] ?? BINARY;
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

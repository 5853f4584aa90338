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
  ["application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"],
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

/** By the first bytes for pictures, by the name for the rest. */
export function mimeOfFile(path: string, bytes: Uint8Array): string {
  for (const [mime, first] of FIRST_BYTES) if (first.every((byte, at) => bytes[at] === byte)) return mime;
  const ending = /\.([a-z0-9]+)$/i.exec(path)?.[1]?.toLowerCase();
  for (const [mime, known] of ENDINGS) if (known === ending && !mime.startsWith("image/")) return mime;
  if (ending === "svg") return "image/svg+xml";
  return bytes.subarray(0, LOOKED_AT_BYTES).includes(0) ? "application/octet-stream" : "text/plain";
}

const LOOKED_AT_BYTES = 8_192;
const FIRST_BYTES: readonly (readonly [string, readonly number[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [0x47, 0x49, 0x46, 0x38]],
  ["image/webp", [0x52, 0x49, 0x46, 0x46]],
];

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

import { formatBytes } from "../base/bytes.ts";
import { AppError } from "../base/errors.ts";
import { parseJson } from "../base/json.ts";
import { BODY_BYTES_MAX } from "../base/limits.ts";

/** The body as text, never more of it than the limit. */
export async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  if (!request.body) return "";
  const decoder = new TextDecoder();
  let bytes = 0;
  let text = "";
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > BODY_BYTES_MAX) throw tooLarge();
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The body as JSON. Only the JSON type is taken: a form of a web page cannot send it unasked. */
export async function readJson(request: Request): Promise<unknown> {
  const text = await readText(request);
  if (text === "") return {};
  if (!/^application\/json\s*(;|$)/i.test(request.headers.get("content-type") ?? "")) {
    throw new AppError("unsupported_media", "cannot read the body: it is not sent as JSON", {
      hint: "Send the header Content-Type: application/json.",
    });
  }
  return parseJson(text, "the body");
}

function tooLarge(): AppError {
  return new AppError("too_large", `cannot take a body of more than ${formatBytes(BODY_BYTES_MAX)}`, {
    hint: "Send less at once.",
  });
}

import { nesting } from "../base/json.ts";
import { JSON_DEPTH_MAX } from "../base/limits.ts";
import { printable } from "../base/text.ts";

export interface YamlProblem {
  readonly line?: number;
  readonly column?: number;
  readonly message: string;
}

/** For YAML `a: ${b ? c : d}` is a mapping in a mapping. */
function quotesMissing(text: string, line: number | undefined): boolean {
  const written = line === undefined ? "" : (text.split("\n")[line - 1] ?? "");
  return /: \$\{.*: /.test(written);
}

const MESSAGE_CHARS_MAX = 200;

/** Reads YAML of any origin: nesting and aliases beyond all sense are a problem like every other. */
export async function readYaml(text: string): Promise<{ readonly value: unknown } | { readonly problem: YamlProblem }> {
  if (nesting(text) > JSON_DEPTH_MAX) return { problem: { message: `it nests deeper than ${JSON_DEPTH_MAX} levels` } };
  const { parseDocument } = await import("yaml");
  try {
    const document = parseDocument(text, { prettyErrors: true, logLevel: "error" });
    const [error] = document.errors;
    if (!error) return { value: document.toJS() };
    const at = error.linePos?.[0];
    const message = printable((error.message.split("\n")[0] ?? "").slice(0, MESSAGE_CHARS_MAX));
    const hint = quotesMissing(text, at?.line)
      ? " A text with ${…} in which a colon is followed by a space stands in quotes."
      : "";
    return { problem: { ...(at ? { line: at.line, column: at.col } : {}), message: message + hint } };
  } catch {
    return { problem: { message: "it nests too deeply, or uses an alias too often" } };
  }
}

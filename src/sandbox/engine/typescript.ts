// TypeScript without its types. Sucrase keeps every line where it was; what it does not know, the runtime's own
// transpiler does.
import { transform } from "sucrase";

export class UnsupportedSyntax extends Error {
  override readonly name = "UnsupportedSyntax";
}

/** What sucrase leaves out or gets wrong. */
const BEYOND_SUCRASE = /(^|[;{}\s])(namespace|module)\s+[\w$.]+\s*\{|^\s*@[\w$]/m;

export async function stripTypes(code: string, transpile: (code: string) => Promise<string>): Promise<string> {
  if (!BEYOND_SUCRASE.test(code))
    return transform(code, { transforms: ["typescript"], disableESTransforms: true }).code;
  const script = await transpile(code);
  // The transpiler's own helpers would have to be imported.
  if (/bun:wrap|__decorate|__legacyDecorate/.test(script))
    throw new UnsupportedSyntax("decorators are not supported by this engine");
  return script;
}

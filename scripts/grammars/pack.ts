// Makes src/analysis/syntax/grammars from the packages that bring them: `bun install` here, then `bun pack.ts`. Like the fonts they
// travel inside the program as text, packed: that is what all runtimes can import.
import { brotliCompressSync, constants } from "node:zlib";

const PACKED = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } };
const LINE = /.{120}/g;
const FROM: Readonly<Record<string, string>> = {
  parser: "web-tree-sitter/web-tree-sitter.wasm",
  python: "tree-sitter-python/tree-sitter-python.wasm",
  javascript: "tree-sitter-javascript/tree-sitter-javascript.wasm",
  typescript: "@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm",
  tsx: "@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm",
  bash: "tree-sitter-bash/tree-sitter-bash.wasm",
};
const packages = new URL("./node_modules/", import.meta.url);
const to = new URL("../../src/analysis/syntax/grammars/", import.meta.url);

for (const [name, path] of Object.entries(FROM)) {
  const bytes = await Bun.file(new URL(path, packages)).bytes();
  const text = brotliCompressSync(bytes, PACKED).toString("base64");
  await Bun.write(new URL(`${name}.b64`, to), `${text.replaceAll(LINE, "$&\n")}\n`);
  console.log(`${name}: ${bytes.length} bytes, ${text.length} here`);
}

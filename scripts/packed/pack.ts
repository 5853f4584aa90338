// Packs what the analysis has as WebAssembly, from the packages that bring it: `bun install` here, then `bun pack.ts`.
// Like the fonts it travels inside the program as text, packed: that is what all runtimes can import.
import { constants, zstdCompressSync } from "node:zlib";

const PACKED = { params: { [constants.ZSTD_c_compressionLevel]: 22, [constants.ZSTD_c_windowLog]: 24 } };
const LINE = /.{120}/g;
const FROM: Readonly<Record<string, string>> = {
  "syntax/grammars/parser": "web-tree-sitter/web-tree-sitter.wasm",
  "syntax/grammars/python": "tree-sitter-python/tree-sitter-python.wasm",
  "syntax/grammars/javascript": "tree-sitter-javascript/tree-sitter-javascript.wasm",
  "syntax/grammars/typescript": "@vscode/tree-sitter-wasm/wasm/tree-sitter-typescript.wasm",
  "syntax/grammars/tsx": "@vscode/tree-sitter-wasm/wasm/tree-sitter-tsx.wasm",
  "syntax/grammars/bash": "tree-sitter-bash/tree-sitter-bash.wasm",
  "quality/sql/postgres": "libpg-query/wasm/libpg-query.wasm",
  "quality/ruff/ruff": "@astral-sh/ruff-wasm-web/ruff_wasm_bg.wasm",
};
const packages = new URL("./node_modules/", import.meta.url);
const to = new URL("../../src/analysis/", import.meta.url);

for (const [name, path] of Object.entries(FROM)) {
  const bytes = await Bun.file(new URL(path, packages)).bytes();
  const text = zstdCompressSync(bytes, PACKED).toString("base64");
  await Bun.write(new URL(`${name}.b64`, to), `${text.replaceAll(LINE, "$&\n")}\n`);
  console.log(`${name}: ${bytes.length} bytes, ${text.length} here`);
}

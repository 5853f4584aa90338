import { zstdDecompressSync } from "node:zlib";

/** WebAssembly travels inside the program packed, and written as text: that is what all runtimes can import. */
export function unpacked({ default: text }: { readonly default: string }): Uint8Array<ArrayBuffer> {
  return new Uint8Array(zstdDecompressSync(Buffer.from(text, "base64")));
}

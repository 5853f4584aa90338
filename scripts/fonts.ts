// Makes src/documents/fonts from the packages that bring them: `bun scripts/fonts.ts`. They travel inside the program
// as text, packed, because that is what all runtimes can import; unpacked they would make it a megabyte larger.
import { brotliCompressSync, constants } from "node:zlib";
import roboto from "pdfmake/build/vfs_fonts.js";

const PACKED = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 } };
const LINE = /.{120}/g;
const DEJAVU = ["DejaVuSans", "DejaVuSansMono"];
const dejavu = new URL("../node_modules/dejavu-fonts-ttf/ttf/", import.meta.url);
const to = new URL("../src/documents/fonts/", import.meta.url);

for (const name of DEJAVU) await write(name, await Bun.file(new URL(`${name}.ttf`, dejavu)).bytes());
for (const [file, text] of Object.entries(roboto)) await write(file.replace(/\.ttf$/, ""), Buffer.from(text, "base64"));

async function write(name: string, bytes: Uint8Array): Promise<void> {
  const text = brotliCompressSync(bytes, PACKED).toString("base64");
  await Bun.write(new URL(`${name}.b64`, to), `${text.replaceAll(LINE, "$&\n")}\n`);
  console.log(`${name}: ${bytes.length} bytes, ${text.length} here`);
}

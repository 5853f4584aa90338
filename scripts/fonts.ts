// Makes src/documents/fonts from the package of the DejaVu fonts: `bun scripts/fonts.ts`. They travel inside the program
// as text, packed, because that is what all runtimes can import.
import { deflateRawSync } from "node:zlib";

const FONTS = ["DejaVuSans", "DejaVuSansMono"];
const from = new URL("../node_modules/dejavu-fonts-ttf/ttf/", import.meta.url);
const to = new URL("../src/documents/fonts/", import.meta.url);

for (const name of FONTS) {
  const bytes = await Bun.file(new URL(`${name}.ttf`, from)).bytes();
  const text = deflateRawSync(bytes, { level: 9 }).toString("base64");
  await Bun.write(new URL(`${name}.b64`, to), `${text.replaceAll(/.{120}/g, "$&\n")}\n`);
  console.log(`${name}: ${bytes.length} bytes, ${text.length} here`);
}

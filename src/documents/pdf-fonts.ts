// The fonts of PDF documents: Roboto for text, DejaVu for code and for what Roboto has no picture of, and fonts of the
// user's for scripts that neither has.
import { brotliDecompressSync } from "node:zlib";
import * as fontkit from "fontkit";
import sans from "./fonts/DejaVuSans.b64" with { type: "text" };
import mono from "./fonts/DejaVuSansMono.b64" with { type: "text" };
import italic from "./fonts/Roboto-Italic.b64" with { type: "text" };
import bold from "./fonts/Roboto-Medium.b64" with { type: "text" };
import boldItalic from "./fonts/Roboto-MediumItalic.b64" with { type: "text" };
import regular from "./fonts/Roboto-Regular.b64" with { type: "text" };

export const TEXT_FONT = "Roboto";
export const CODE_FONT = "Mono";

/** A file, or the name of one font of a file that holds several; whoever lays out changes what it is given. */
type Look = string | [file: string, name: string];

export interface PdfFonts {
  /** Files by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Each font with its four looks. */
  readonly fonts: Readonly<Record<string, Readonly<Record<"normal" | "bold" | "italics" | "bolditalics", Look>>>>;
  /** The font itself, if it has a picture of a sign, else the first that has; without any the last. */
  fontFor(sign: string, font: string): string;
}

const unpacked = (text: string): Uint8Array => brotliDecompressSync(Buffer.from(text, "base64"));
const alike = (look: () => Look) => ({ normal: look(), bold: look(), italics: look(), bolditalics: look() });

/** Of a file that holds several fonts, the first. */
function fontIn(bytes: Uint8Array): { readonly font: fontkit.Font; readonly isOneOfSeveral: boolean } {
  const made = fontkit.create(Buffer.from(bytes));
  if (!("fonts" in made)) return { font: made, isOneOfSeveral: false };
  const [font] = made.fonts;
  if (!font) throw new Error("the file holds no font");
  return { font, isOneOfSeveral: true };
}

/** `own` are fonts of the user's, asked after ours. */
export function pdfFonts(own: readonly Uint8Array[]): PdfFonts {
  const files = new Map<string, Uint8Array>([
    ["Roboto-Regular.ttf", unpacked(regular)],
    ["Roboto-Medium.ttf", unpacked(bold)],
    ["Roboto-Italic.ttf", unpacked(italic)],
    ["Roboto-MediumItalic.ttf", unpacked(boldItalic)],
    ["DejaVuSans.ttf", unpacked(sans)],
    ["DejaVuSansMono.ttf", unpacked(mono)],
    ...own.map((bytes, at): [string, Uint8Array] => [`Own${at}.ttf`, bytes]),
  ]);
  const fallbacks = ["Sans", ...own.map((_bytes, at) => `Own${at}`)];
  const fonts: Record<string, PdfFonts["fonts"][string]> = {
    [TEXT_FONT]: {
      normal: "Roboto-Regular.ttf",
      bold: "Roboto-Medium.ttf",
      italics: "Roboto-Italic.ttf",
      bolditalics: "Roboto-MediumItalic.ttf",
    },
    Sans: alike(() => "DejaVuSans.ttf"),
    [CODE_FONT]: alike(() => "DejaVuSansMono.ttf"),
  };
  const read = new Map<string, fontkit.Font>();
  for (const [at, bytes] of own.entries()) {
    const { font, isOneOfSeveral } = fontIn(bytes);
    const file = `Own${at}.ttf`;
    fonts[`Own${at}`] = alike(() => (isOneOfSeveral ? [file, font.postscriptName] : file));
    read.set(`Own${at}`, font);
  }
  for (const [name, file] of [
    [TEXT_FONT, "Roboto-Regular.ttf"],
    ["Sans", "DejaVuSans.ttf"],
    [CODE_FONT, "DejaVuSansMono.ttf"],
  ] as const)
    read.set(name, fontIn(files.get(file) ?? new Uint8Array()).font);
  return {
    files,
    fonts,
    fontFor: (sign, font) => {
      const code = sign.codePointAt(0) ?? 0;
      const inOrder = [font, TEXT_FONT, ...fallbacks];
      return inOrder.find((name) => read.get(name)?.hasGlyphForCodePoint(code)) ?? fallbacks.at(-1) ?? TEXT_FONT;
    },
  };
}

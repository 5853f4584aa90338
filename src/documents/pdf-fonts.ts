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

export interface PdfFonts {
  /** Files by name. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Each font with its four looks, as files. */
  readonly fonts: Readonly<Record<string, Readonly<Record<"normal" | "bold" | "italics" | "bolditalics", string>>>>;
  /** The font itself, if it has a picture of a sign, else the first that has; without any the last. */
  fontFor(sign: string, font: string): string;
}

const unpacked = (text: string): Uint8Array => brotliDecompressSync(Buffer.from(text, "base64"));
const alike = (file: string) => ({ normal: file, bold: file, italics: file, bolditalics: file });

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
    Sans: alike("DejaVuSans.ttf"),
    [CODE_FONT]: alike("DejaVuSansMono.ttf"),
    ...Object.fromEntries(own.map((_bytes, at) => [`Own${at}`, alike(`Own${at}.ttf`)])),
  };
  const read = new Map(
    [TEXT_FONT, CODE_FONT, ...fallbacks].map((name) => {
      const bytes = files.get(fonts[name]?.normal ?? "") ?? new Uint8Array();
      return [name, fontkit.create(Buffer.from(bytes))] as const;
    }),
  );
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

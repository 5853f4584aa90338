// Texts as documents that people read, print and send on.
import { readFileSync, statSync } from "node:fs";
import { AppError } from "../base/errors.ts";
import { FONT_BYTES_MAX } from "../base/limits.ts";

/** A font of the user's, as it is in its file. */
export function readFont(path: string): Uint8Array {
  try {
    if (statSync(path).size > FONT_BYTES_MAX) throw new Error("it is too large");
    return readFileSync(path);
  } catch (cause) {
    throw new AppError("invalid_input", `cannot use the font ${path}: ${(cause as Error).message}`, {
      hint: "Look at the setting document_fonts.",
      cause,
    });
  }
}

export const FORMATS = ["markdown", "pdf", "docx"] as const;
export type Format = (typeof FORMATS)[number];

export interface RenderedDocument {
  readonly format: Format;
  /** What a file of it ends with. */
  readonly ending: string;
  readonly mime: string;
  readonly bytes: Uint8Array;
}

const KINDS: Readonly<Record<Format, { readonly ending: string; readonly mime: string }>> = {
  markdown: { ending: "md", mime: "text/markdown" },
  pdf: { ending: "pdf", mime: "application/pdf" },
  docx: { ending: "docx", mime: "application/vnd.openxmlformats-officedocument.wordprocessingml.document" },
};

export class Documents {
  readonly #ownFonts: () => readonly Uint8Array[];

  /** `ownFonts` are asked for signs that no other font has. */
  constructor(ownFonts: () => readonly Uint8Array[]) {
    this.#ownFonts = ownFonts;
  }

  async render(title: string, text: string, format: Format): Promise<RenderedDocument> {
    try {
      return { format, ...KINDS[format], bytes: await this.#bytes(title, text, format) };
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw new AppError("failed", `cannot make a document of the form ${format}: ${(cause as Error).message}`, {
        hint: "Take another form; markdown always works.",
        cause,
      });
    }
  }

  /** What makes them is loaded with the first. */
  async #bytes(title: string, text: string, format: Format): Promise<Uint8Array> {
    switch (format) {
      case "markdown":
        return Buffer.from(/^# /.test(text) ? text : `# ${title}\n\n${text}`);
      case "pdf":
        return (await import("./pdf.ts")).pdfOf(title, text, this.#ownFonts());
      case "docx":
        return (await import("./docx.ts")).docxOf(title, text);
    }
  }
}

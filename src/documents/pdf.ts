// Documents as PDF.
import pdfmake from "pdfmake";
import { type Block, blocksOf, type Cell, type ListItem, type Run, textOf, withoutTitle } from "./markdown.ts";
import { CODE_FONT, type PdfFonts, pdfFonts, TEXT_FONT } from "./pdf-fonts.ts";

/** What the library takes, as far as it is used here. */
type Content = Readonly<Record<string, unknown>> | string | readonly Content[];

const GREY = "#5f6368";
const LINK = "#1a5fb4";
const SHADE = "#f4f5f7";
const LINE = "#d0d4da";
const SIZE = 10.5;
const HEADINGS = [20, 15, 12.5, 11.5, 11, 10.5];
/** Points inside the margins of a page. */
const WIDTH = 455;

export async function pdfOf(title: string, markdown: string, ownFonts: readonly Uint8Array[]): Promise<Uint8Array> {
  const fonts = pdfFonts(ownFonts);
  // Nothing is fetched and no file is read for what stands in a document.
  pdfmake.setUrlAccessPolicy(() => false);
  pdfmake.setLocalAccessPolicy(() => false);
  for (const [name, bytes] of fonts.files) pdfmake.virtualfs.writeFileSync(name, Buffer.from(bytes));
  pdfmake.setFonts(fonts.fonts);
  const writer = new Writer(fonts);
  const definition = {
    info: { title, creator: "cadre" },
    pageSize: "A4",
    pageMargins: [70, 70, 70, 70],
    content: [
      { stack: [{ text: writer.signs(title), fontSize: 24, bold: true }], margin: [0, 0, 0, 18] },
      ...writer.blocks(withoutTitle(blocksOf(markdown), title)),
    ],
    footer: (page: number, pages: number) => ({
      columns: [
        { text: writer.signs(title), noWrap: true, width: "*" },
        { text: `${page} / ${pages}`, alignment: "right", width: 60 },
      ],
      fontSize: 8,
      color: GREY,
      margin: [70, 28, 70, 0],
    }),
    defaultStyle: { font: TEXT_FONT, fontSize: SIZE, lineHeight: 1.3 },
  };
  return new Uint8Array(await pdfmake.createPdf(definition).getBuffer());
}

class Writer {
  readonly #fonts: PdfFonts;

  constructor(fonts: PdfFonts) {
    this.#fonts = fonts;
  }

  /** In a list texts stand closer together. */
  blocks(blocks: readonly Block[], after = 7): Content[] {
    return blocks.map((block) => this.#block(block, after));
  }

  /** Pieces of a text, each in a font that has its signs. */
  signs(text: string, look: Readonly<Record<string, unknown>> = {}, font = TEXT_FONT): Content[] {
    const pieces: { text: string; font: string }[] = [];
    for (const sign of text) {
      const chosen = sign.trim() === "" ? (pieces.at(-1)?.font ?? font) : this.#fonts.fontFor(sign, font);
      const last = pieces.at(-1);
      if (last?.font === chosen) last.text += sign;
      else pieces.push({ text: sign, font: chosen });
    }
    return pieces.map((piece) => ({ ...look, ...piece }));
  }

  #block(block: Block, after: number): Content {
    switch (block.kind) {
      case "heading":
        return {
          text: this.#runs(block.runs),
          fontSize: HEADINGS[block.level - 1] ?? SIZE,
          bold: true,
          margin: [0, block.level < 3 ? 14 : 10, 0, 5],
          headlineLevel: block.level,
        };
      case "text":
        return { text: this.#runs(block.runs), margin: [0, 0, 0, after] };
      case "code":
        return this.#code(block.text);
      case "quote":
        return bordered({ stack: this.blocks(block.blocks), color: GREY });
      case "list":
        return this.#list(block);
      case "table":
        return this.#table(block.rows);
      case "rule":
        return {
          canvas: [{ type: "line", x1: 0, y1: 0, x2: WIDTH, y2: 0, lineWidth: 0.7, lineColor: LINE }],
          margin: [0, 8, 0, 8],
        };
    }
  }

  #runs(runs: readonly Run[]): Content[] {
    return runs.flatMap(({ text, bold, italic, struck, code, raised, link }) =>
      this.signs(
        text,
        {
          ...(bold ? { bold: true } : {}),
          ...(italic ? { italics: true } : {}),
          ...(struck ? { decoration: "lineThrough" } : {}),
          ...(code ? { fontSize: SIZE - 1.5, background: SHADE } : {}),
          ...(raised ? { sup: true } : {}),
          ...(link ? { link, color: LINK } : {}),
        },
        code ? CODE_FONT : TEXT_FONT,
      ),
    );
  }

  #code(text: string): Content {
    const lines = {
      text: this.signs(text.replaceAll("\t", "  "), {}, CODE_FONT),
      fontSize: 8.5,
      preserveLeadingSpaces: true,
    };
    return {
      table: { widths: ["*"], body: [[{ ...lines, fillColor: SHADE, margin: [6, 5, 6, 5] }]] },
      layout: "noBorders",
      margin: [0, 2, 0, 9],
    };
  }

  #list({ isOrdered, start, items }: Extract<Block, { kind: "list" }>): Content {
    const stacks = items.map((item) => this.#item(item));
    return isOrdered ? { ol: stacks, start, margin: [0, 0, 0, 6] } : { ul: stacks, margin: [0, 0, 0, 6] };
  }

  #item({ checked, blocks }: ListItem): Content {
    const stack = this.blocks(blocks, 3);
    if (checked === undefined) return { stack };
    return { columns: [{ width: 16, text: this.signs(checked ? "☑" : "☐") }, { stack }], listType: "none" };
  }

  #table(rows: readonly (readonly Cell[])[]): Content {
    const widths = rows[0]?.map(() => "auto") ?? [];
    // The widest column takes what is left, so that a table is as wide as the text.
    const widest = widths.map((_width, at) => Math.max(...rows.map((row) => textOf(row[at]?.runs ?? []).length)));
    widths[widest.indexOf(Math.max(...widest))] = "*";
    return {
      table: {
        headerRows: 1,
        widths,
        body: rows.map((row, at) =>
          row.map(({ runs, align }) => ({
            text: this.#runs(runs),
            alignment: align,
            ...(at === 0 ? { bold: true, fillColor: SHADE } : {}),
          })),
        ),
      },
      layout: TABLE,
      fontSize: SIZE - 1,
      margin: [0, 3, 0, 10],
    };
  }
}

const TABLE = {
  hLineWidth: () => 0.6,
  vLineWidth: () => 0,
  hLineColor: () => LINE,
  paddingTop: () => 4,
  paddingBottom: () => 3,
};

function bordered(content: Content): Content {
  return {
    table: { widths: ["*"], body: [[content]] },
    layout: {
      hLineWidth: () => 0,
      vLineWidth: (at: number) => (at === 0 ? 2.5 : 0),
      vLineColor: () => LINE,
      paddingLeft: () => 10,
    },
    margin: [0, 2, 0, 8],
  };
}

// Documents as DOCX.
import {
  AlignmentType,
  BorderStyle,
  Document,
  ExternalHyperlink,
  Footer,
  HeadingLevel,
  LevelFormat,
  Packer,
  PageNumber,
  Paragraph,
  ShadingType,
  Table,
  TableCell,
  TableRow,
  TextRun,
  WidthType,
} from "docx";
import { type Block, blocksOf, type Cell, type Run, withoutTitle } from "./markdown.ts";

const SHADE = "F4F5F7";
const LINE = "D0D4DA";
const GREY = "5F6368";
const LINK = "1A5FB4";
/** Half points. */
const SIZE = 21;
const CODE_SIZE = 18;
const CODE_FONT = "Consolas";
/** Twentieths of a point. */
const AFTER = 120;
const INDENT = 360;
const LEVELS = 9;
const NUMBERED = "numbered";
const HEADINGS = [
  HeadingLevel.HEADING_1,
  HeadingLevel.HEADING_2,
  HeadingLevel.HEADING_3,
  HeadingLevel.HEADING_4,
  HeadingLevel.HEADING_5,
  HeadingLevel.HEADING_6,
];

export async function docxOf(title: string, markdown: string): Promise<Uint8Array> {
  const writer = new Writer();
  const children = [
    new Paragraph({ heading: HeadingLevel.TITLE, children: [new TextRun(title)] }),
    ...writer.blocks(withoutTitle(blocksOf(markdown), title), 0),
  ];
  const document = new Document({
    title,
    creator: "cadre",
    styles: { default: { document: { run: { font: "Calibri", size: SIZE }, paragraph: { spacing: { line: 300 } } } } },
    numbering: {
      config: writer.lists.map((start, at) => ({
        reference: `${NUMBERED}-${at}`,
        levels: Array.from({ length: LEVELS }, (_one, level) => ({
          level,
          start,
          format: LevelFormat.DECIMAL,
          text: `%${level + 1}.`,
          alignment: AlignmentType.START,
          style: { paragraph: { indent: { left: INDENT * (level + 1), hanging: INDENT } } },
        })),
      })),
    },
    sections: [{ footers: { default: footerOf(title) }, children }],
  });
  return new Uint8Array(await Packer.toBuffer(document));
}

function footerOf(title: string): Footer {
  const look = { size: 16, color: GREY };
  const pages = [PageNumber.CURRENT, " / ", PageNumber.TOTAL_PAGES];
  return new Footer({
    children: [
      new Paragraph({
        tabStops: [{ type: "right", position: 9_020 }],
        children: [new TextRun({ ...look, text: `${title}\t` }), new TextRun({ ...look, children: pages })],
      }),
    ],
  });
}

type Around = { readonly numbering?: { readonly reference: string; readonly level: number }; readonly left?: number };

class Writer {
  /** With what each numbered list begins. */
  readonly lists: number[] = [];

  blocks(blocks: readonly Block[], depth: number, around: Around = {}): (Paragraph | Table)[] {
    return blocks.flatMap((block, at) => this.#block(block, depth, at === 0 ? around : { ...around, ...OWN_LINE }));
  }

  #block(block: Block, depth: number, around: Around): (Paragraph | Table)[] {
    switch (block.kind) {
      case "heading":
        return [
          new Paragraph({
            heading: HEADINGS[block.level - 1] ?? HeadingLevel.HEADING_6,
            spacing: { before: 240, after: AFTER },
            children: runsOf(block.runs),
          }),
        ];
      case "text":
        return [new Paragraph({ spacing: { after: AFTER }, ...placed(around), children: runsOf(block.runs) })];
      case "code":
        return codeOf(block.text);
      case "quote":
        return this.blocks(block.blocks, depth, { left: INDENT * (depth + 1) });
      case "list":
        return this.#list(block, depth);
      case "table":
        return [tableOf(block.rows), new Paragraph({ spacing: { after: AFTER }, children: [] })];
      case "rule":
        return [new Paragraph({ border: { bottom: { style: BorderStyle.SINGLE, size: 4, color: LINE, space: 1 } } })];
    }
  }

  #list({ isOrdered, start, items }: Extract<Block, { kind: "list" }>, depth: number): (Paragraph | Table)[] {
    const level = Math.min(depth, LEVELS - 1);
    if (isOrdered) this.lists.push(start);
    const reference = `${NUMBERED}-${this.lists.length - 1}`;
    return items.flatMap(({ checked, blocks }) => {
      const mark = checked === undefined ? [] : [{ text: checked ? "☑ " : "☐ " }];
      const [first, ...rest] = blocks;
      const own = first?.kind === "text" ? { ...first, runs: [...mark, ...first.runs] } : first;
      const numbering = isOrdered ? { reference, level } : { reference: "", level };
      return this.blocks(own ? [own, ...rest] : [], depth + 1, { numbering });
    });
  }
}

const OWN_LINE = { numbering: undefined } as unknown as Around;

function placed({ numbering, left }: Around) {
  if (numbering) return numbering.reference === "" ? { bullet: { level: numbering.level } } : { numbering };
  if (left === undefined) return {};
  const bar = { style: BorderStyle.SINGLE, size: 12, color: LINE, space: 8 };
  return { indent: { left }, border: { left: bar } };
}

function runsOf(runs: readonly Run[]): (TextRun | ExternalHyperlink)[] {
  return runs.map((run) => {
    const { text, bold = false, italic = false, struck = false, code, raised = false, link } = run;
    const child = new TextRun({
      ...(text === "\n" ? { break: 1 } : { text }),
      bold,
      italics: italic,
      strike: struck,
      superScript: raised,
      ...(code ? { font: CODE_FONT, size: CODE_SIZE, shading: { type: ShadingType.CLEAR, fill: SHADE } } : {}),
      ...(link ? { color: LINK, underline: {} } : {}),
    });
    return link ? new ExternalHyperlink({ link, children: [child] }) : child;
  });
}

function codeOf(text: string): Paragraph[] {
  const lines = text.split("\n");
  return lines.map(
    (line, at) =>
      new Paragraph({
        shading: { type: ShadingType.CLEAR, fill: SHADE },
        spacing: { after: at === lines.length - 1 ? AFTER : 0, line: 260 },
        children: [new TextRun({ text: line, font: CODE_FONT, size: CODE_SIZE })],
      }),
  );
}

function tableOf(rows: readonly (readonly Cell[])[]): Table {
  const none = { style: BorderStyle.NONE, size: 0, color: "auto" };
  const line = { style: BorderStyle.SINGLE, size: 4, color: LINE };
  return new Table({
    width: { size: 100, type: WidthType.PERCENTAGE },
    borders: { top: line, bottom: line, insideHorizontal: line, left: none, right: none, insideVertical: none },
    rows: rows.map(
      (row, at) =>
        new TableRow({
          tableHeader: at === 0,
          children: row.map(({ runs, align }) =>
            cellOf(at === 0 ? runs.map((run) => ({ ...run, bold: true })) : runs, align, at === 0),
          ),
        }),
    ),
  });
}

function cellOf(runs: readonly Run[], align: Cell["align"], isHead: boolean): TableCell {
  return new TableCell({
    margins: { top: 60, bottom: 60, left: 80, right: 80 },
    ...(isHead ? { shading: { type: ShadingType.CLEAR, fill: SHADE } } : {}),
    children: [
      new Paragraph({
        alignment: AlignmentType[align === "left" ? "LEFT" : align === "right" ? "RIGHT" : "CENTER"],
        children: runsOf(runs),
      }),
    ],
  });
}

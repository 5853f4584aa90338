import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { inflateRawSync, inflateSync } from "node:zlib";
import { Documents, readFont } from "../../../src/documents/documents.ts";
import { blocksOf } from "../../../src/documents/markdown.ts";
import { pdfFonts } from "../../../src/documents/pdf-fonts.ts";
import { openTestApp } from "../../harness/app.ts";

const TEXT = `# The title

A **bold** word, *another*, ~~gone~~, \`code\`, a [link](https://example.com/a) and one [that is none](javascript:x). A note[^n].

- one
  1. inner
- [x] done

> said

| a | b |
|---|--:|
| 1 | 2 |

\`\`\`ts
let a = "→";
\`\`\`

---

<b>html</b> &amp; <script>alert(1)</script> ![a picture](file:///etc/passwd)

[^n]: The note.
`;
const documents = new Documents(() => []);

/** The parts of a ZIP file whose names are asked for. */
function unzipped(bytes: Uint8Array, name: string): string {
  const data = Buffer.from(bytes);
  for (let at = data.indexOf("PK\u0003\u0004"); at >= 0; at = data.indexOf("PK\u0003\u0004", at + 4)) {
    const size = data.readUInt16LE(at + 26);
    if (data.toString("utf8", at + 30, at + 30 + size) !== name) continue;
    const begin = at + 30 + size + data.readUInt16LE(at + 28);
    return inflateRawSync(data.subarray(begin), { finishFlush: 2 }).toString();
  }
  throw new Error(`no ${name}`);
}

/** All that is packed in a PDF, and what is not. */
function insideOf(bytes: Uint8Array): string {
  const data = Buffer.from(bytes);
  const whole = data.toString("latin1");
  const streams = [...whole.matchAll(/stream\n/g)].map(({ index }) => {
    try {
      return inflateSync(data.subarray(index + 7), { finishFlush: 2 }).toString("latin1");
    } catch {
      return "";
    }
  });
  return [whole, ...streams].join("\n");
}

describe("Markdown", () => {
  test("is blocks and runs of text", () => {
    const blocks = blocksOf(TEXT);

    expect(blocks.map(({ kind }) => kind)).toEqual([
      "heading",
      "text",
      "list",
      "quote",
      "table",
      "code",
      "rule",
      "text",
      "rule",
      "list",
    ]);
    expect(blocks[1]).toEqual({
      kind: "text",
      runs: [
        { text: "A " },
        { text: "bold", bold: true },
        { text: " word, " },
        { text: "another", italic: true },
        { text: ", " },
        { text: "gone", struck: true },
        { text: ", " },
        { text: "code", code: true },
        { text: ", a " },
        { text: "link", link: "https://example.com/a" },
        { text: " and one " },
        { text: "that is none" },
        { text: ". A note" },
        { text: "1", raised: true },
        { text: "." },
      ],
    });
    expect(blocks[2]).toMatchObject({ items: [{ blocks: [{}, { isOrdered: true }] }, { checked: true }] });
    expect(blocks[4]).toMatchObject({
      rows: [
        [{}, { align: "right" }],
        [{}, {}],
      ],
    });
    expect(blocks[7]).toEqual({
      kind: "text",
      runs: [
        { text: "html" },
        { text: " & " },
        { text: "alert(1)" },
        { text: " " },
        { text: "[a picture]", italic: true },
      ],
    });
  });

  test("of a thousand quotes and lists in each other is still a document", async () => {
    for (const text of [`${">".repeat(1_000)} deep`, `${"- ".repeat(1_000)} deep`]) {
      expect((await documents.render("t", text, "docx")).bytes.length).toBeGreaterThan(1_000);
    }
  });
});

test("a PDF has pages, links and the text, and nothing of what it may not read", async () => {
  const { bytes, mime } = await documents.render("The title", TEXT, "pdf");

  const inside = insideOf(bytes);
  expect({ mime, begins: inside.slice(0, 5) }).toEqual({ mime: "application/pdf", begins: "%PDF-" });
  expect(inside).toContain("https://example.com/a");
  expect(inside).not.toContain("javascript:");
  expect(inside).not.toContain("root:");
  expect(inside.match(/\/Type \/Page\b/g)).toHaveLength(1);
});

test("a DOCX has headings, lists, tables and links", async () => {
  const { bytes, ending } = await documents.render("The title", TEXT, "docx");

  const text = unzipped(bytes, "word/document.xml");
  expect(ending).toBe("docx");
  for (const part of ["The title", "<w:tbl>", "<w:numPr>", "w:hyperlink", "<w:strike/>", "→"])
    expect(text).toContain(part);
  expect(text.match(/The title/g)).toHaveLength(1);
  expect(unzipped(bytes, "word/_rels/document.xml.rels")).not.toContain("javascript:");
});

test("Markdown begins with its title, once", async () => {
  const textOf = async (text: string) => Buffer.from((await documents.render("T", text, "markdown")).bytes).toString();

  expect(await textOf("a")).toBe("# T\n\na");
  expect(await textOf("# T\n\na")).toBe("# T\n\na");
});

test("a sign is written in the first font that has it", () => {
  const { fontFor } = pdfFonts([]);

  expect(["a", "é", "я", "→", "✓", "≥"].map((sign) => fontFor(sign, "Roboto"))).toEqual([
    "Roboto",
    "Roboto",
    "Roboto",
    "Sans",
    "Sans",
    "Roboto",
  ]);
  expect(["a", "→"].map((sign) => fontFor(sign, "Mono"))).toEqual(["Mono", "Mono"]);
});

test("a font that is none is refused with its setting", () => {
  expect(() => readFont("/nowhere/a.ttf")).toThrow("cannot use the font /nowhere/a.ttf");
});

test("document_write keeps what it made as artifacts of a task that is done, and in the project", async () => {
  await using app = await openTestApp();

  const answer = await app.call("document_write", { title: "Pears", text: TEXT, formats: ["markdown", "pdf", "pdf"] });

  const made = answer["documents"] as { format: string; path: string; artifact: string }[];
  expect(made.map(({ format, path }) => [format, path.split(".").at(-1)])).toEqual([
    ["markdown", "md"],
    ["pdf", "pdf"],
  ]);
  expect(await app.call("task_show", { id: answer["task"] })).toMatchObject({ title: "Pears", status: "completed" });
  const again = await app.call("document_write", { title: "Pears", text: "new", task: answer["task"] });
  expect(again["task"]).toBe(answer["task"]);
});

/** One font as a file of several, with the places of its tables moved behind the head. */
function collectionOf(font: Uint8Array): Uint8Array {
  const head = Buffer.alloc(16);
  head.write("ttcf");
  head.writeUInt32BE(0x0001_0000, 4);
  head.writeUInt32BE(1, 8);
  head.writeUInt32BE(head.length, 12);
  const moved = Buffer.from(font);
  for (let table = 0; table < moved.readUInt16BE(4); table++) {
    const place = 12 + table * 16 + 8;
    moved.writeUInt32BE(moved.readUInt32BE(place) + head.length, place);
  }
  return Buffer.concat([head, moved]);
}

test("of a file that holds several fonts, the first is used", async () => {
  const path = fileURLToPath(
    new URL("../../../node_modules/dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf", import.meta.url),
  );
  const own = [collectionOf(readFileSync(path))];

  const { bytes } = await new Documents(() => own).render("Pears", "\u4e2d **\u4e2d**", "pdf");

  expect(pdfFonts(own).fonts["Own0"]?.bold).toEqual(["Own0.ttf", "DejaVuSans-Bold"]);
  expect(Buffer.from(bytes).toString("latin1")).toContain("DejaVuSans-Bold");
});

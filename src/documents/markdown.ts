// Markdown as blocks and runs of text: what a document of any form is made of.
import { marked, type Token, type Tokens } from "marked";

export interface Run {
  readonly text: string;
  readonly bold?: boolean;
  readonly italic?: boolean;
  readonly struck?: boolean;
  readonly code?: boolean;
  readonly raised?: boolean;
  readonly link?: string;
}

export type Block =
  | { readonly kind: "heading"; readonly level: number; readonly runs: readonly Run[] }
  | { readonly kind: "text"; readonly runs: readonly Run[] }
  | { readonly kind: "code"; readonly text: string; readonly language: string }
  | { readonly kind: "quote"; readonly blocks: readonly Block[] }
  | { readonly kind: "list"; readonly isOrdered: boolean; readonly start: number; readonly items: readonly ListItem[] }
  | { readonly kind: "table"; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: "rule" };

export interface ListItem {
  /** Of a list of things to do: whether it is done. */
  readonly checked?: boolean;
  readonly blocks: readonly Block[];
}

export interface Cell {
  readonly runs: readonly Run[];
  readonly align: "left" | "center" | "right";
}

/** How deep lists and quotes may lie in each other; what lies deeper is plain text. */
const DEPTH_MAX = 8;

export function blocksOf(markdown: string): Block[] {
  const { text, notes } = footnotesIn(markdown);
  const blocks = blocksIn(marked.lexer(text, { gfm: true }), 0);
  if (notes.length === 0) return blocks;
  const items = notes.map((note) => ({ blocks: blocksIn(marked.lexer(note, { gfm: true }), 1) }));
  return [...blocks, { kind: "rule" }, { kind: "list", isOrdered: true, start: 1, items }];
}

/** Notes stand at the end, in the order in which they are named. */
function footnotesIn(markdown: string): { readonly text: string; readonly notes: readonly string[] } {
  const known = new Map<string, string>();
  const rest = markdown.replaceAll(
    /^\[\^([^\]\s]{1,60})\]:[ \t]*(.*(?:\n(?: {2,}|\t).*)*)\n?/gm,
    (_all, name, note) => {
      known.set(name, note);
      return "";
    },
  );
  const order: string[] = [];
  const text = rest.replaceAll(/\[\^([^\]\s]{1,60})\]/g, (all, name: string) => {
    if (!known.has(name)) return all;
    if (!order.includes(name)) order.push(name);
    return `<sup>${order.indexOf(name) + 1}</sup>`;
  });
  return { text, notes: order.map((name) => known.get(name) ?? "") };
}

function blocksIn(tokens: readonly Token[], depth: number): Block[] {
  return tokens.flatMap((token) => blockOf(token, depth));
}

function blockOf(token: Token, depth: number): Block[] {
  switch (token.type) {
    case "heading":
      return [{ kind: "heading", level: (token as Tokens.Heading).depth, runs: runsIn(token.tokens ?? []) }];
    case "paragraph":
    case "text":
      return [{ kind: "text", runs: token.tokens ? runsIn(token.tokens) : [{ text: plain(token.raw) }] }];
    case "code":
      return [{ kind: "code", text: (token as Tokens.Code).text, language: (token as Tokens.Code).lang ?? "" }];
    case "hr":
      return [{ kind: "rule" }];
    case "table":
      return [tableOf(token as Tokens.Table)];
    case "blockquote":
    case "list":
      return depth >= DEPTH_MAX ? [{ kind: "text", runs: [{ text: plain(token.raw) }] }] : nested(token, depth);
    case "html":
      return plain(token.raw).trim() === "" ? [] : [{ kind: "text", runs: [{ text: plain(token.raw).trim() }] }];
    default:
      return [];
  }
}

function nested(token: Token, depth: number): Block[] {
  if (token.type === "blockquote") return [{ kind: "quote", blocks: blocksIn(token.tokens ?? [], depth + 1) }];
  const { ordered: isOrdered, start, items } = token as Tokens.List;
  return [
    {
      kind: "list",
      isOrdered,
      start: typeof start === "number" ? start : 1,
      items: items.map(({ tokens, task, checked = false }) => ({
        ...(task ? { checked } : {}),
        blocks: blocksIn(
          tokens.filter(({ type }) => type !== "checkbox"),
          depth + 1,
        ),
      })),
    },
  ];
}

function tableOf({ header, rows, align }: Tokens.Table): Block {
  const cells = (row: readonly Tokens.TableCell[]) =>
    row.map(({ tokens }, at) => ({ runs: runsIn(tokens), align: align[at] ?? ("left" as const) }));
  return { kind: "table", rows: [cells(header), ...rows.map(cells)] };
}

type Look = Omit<Run, "text">;

function runsIn(tokens: readonly Token[], look: Look = {}): Run[] {
  let isRaised = false;
  return tokens.flatMap((token): Run[] => {
    if (token.type === "html") {
      // Of HTML in a line only raised text means something here.
      if (/^<\/?sup>$/i.test(token.raw)) isRaised = token.raw[1] !== "/";
      return /^<br\s*\/?>$/i.test(token.raw) ? [{ text: "\n", ...look }] : [];
    }
    return runsOf(token, isRaised ? { ...look, raised: true } : look);
  });
}

function runsOf(token: Token, look: Look): Run[] {
  const inner = (more: Look) => runsIn("tokens" in token ? (token.tokens ?? []) : [], { ...look, ...more });
  switch (token.type) {
    case "strong":
      return inner({ bold: true });
    case "em":
      return inner({ italic: true });
    case "del":
      return inner({ struck: true });
    case "codespan":
      return [{ ...look, code: true, text: (token as Tokens.Codespan).text }];
    case "br":
      return [{ ...look, text: "\n" }];
    case "link": {
      const { href } = token as Tokens.Link;
      return inner(/^(https?|mailto):/i.test(href) ? { link: href } : {});
    }
    case "image":
      return [{ ...look, italic: true, text: `[${(token as Tokens.Image).text || "picture"}]` }];
    default: {
      if ("tokens" in token && token.tokens && token.tokens.length > 0) return inner({});
      const text = "text" in token ? String(token.text) : token.raw;
      return text === "" ? [] : [{ ...look, text: entities(text.replaceAll("\n", " ")) }];
    }
  }
}

function plain(html: string): string {
  return entities(html.replaceAll(/<[^>]*>/g, ""));
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " ", "#39": "'" };

function entities(text: string): string {
  return text.replaceAll(/&(amp|lt|gt|quot|nbsp|#39);/g, (all, name: string) => ENTITIES[name] ?? all);
}

/** A document that begins with its title says it once. */
export function withoutTitle(blocks: readonly Block[], title: string): readonly Block[] {
  const [first, ...rest] = blocks;
  const isTitle = first?.kind === "heading" && first.level === 1 && textOf(first.runs).trim() === title.trim();
  return isTitle ? rest : blocks;
}

export function textOf(runs: readonly Run[]): string {
  return runs.map(({ text }) => text).join("");
}

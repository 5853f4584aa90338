// A page as text for a model: what a reader would read, as Markdown, and nothing of what stands around it.
import { Parser } from "htmlparser2";

export interface PageText {
  readonly title: string;
  readonly text: string;
}

/** What nobody reads, and what belongs to the site rather than the page. */
const LEFT_OUT = new Set([
  "script",
  "style",
  "noscript",
  "template",
  "svg",
  "iframe",
  "nav",
  "footer",
  "aside",
  "form",
  "button",
  "select",
  "dialog",
  "head",
]);
const BLOCKS = new Set(
  "p div section article main header ul ol dl table tr blockquote pre figure figcaption hr details summary address".split(
    " ",
  ),
);
const MAIN = new Set(["main", "article"]);
/** Less than this in a page's main part is no page. */
const MAIN_CHARS_MIN = 200;
const URL_SHOWN_MAX = 500;

export function pageText(html: string, address: string): PageText {
  const reader = new Reader(address);
  const parser = new Parser(reader, { decodeEntities: true, lowerCaseTags: true });
  parser.end(html);
  return reader.done();
}

/** Hears the parts of a page as they come: however deep they lie in each other, nothing grows but the text. */
class Reader {
  readonly #all: Writer;
  readonly #main: Writer;
  #title = "";
  #isTitle = false;
  /** In how many parts that are left out it stands, and in how many that are the page. */
  #left = 0;
  #inMain = 0;

  constructor(address: string) {
    this.#all = new Writer(address);
    this.#main = new Writer(address);
  }

  onopentag(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "title" && this.#title === "") this.#isTitle = true;
    if (MAIN.has(name)) this.#inMain++;
    if (VOID.has(name)) {
      if (this.#left === 0) this.#each((writer) => writer.open(name, attributes));
    } else if (this.#left > 0 || LEFT_OUT.has(name) || isHidden(attributes)) this.#left++;
    else this.#each((writer) => writer.open(name, attributes));
  }

  ontext(text: string): void {
    if (this.#isTitle) this.#title += text;
    if (this.#left === 0) this.#each((writer) => writer.text(text));
  }

  onclosetag(name: string): void {
    this.#isTitle = false;
    if (this.#left === 0) this.#each((writer) => writer.close(name));
    else if (!VOID.has(name)) this.#left--;
    if (MAIN.has(name)) this.#inMain--;
  }

  done(): PageText {
    const main = this.#main.done();
    const text = main.length >= MAIN_CHARS_MIN ? main : this.#all.done();
    return { title: this.#title.replace(/\s+/g, " ").trim(), text };
  }

  #each(work: (writer: Writer) => void): void {
    work(this.#all);
    if (this.#inMain > 0) work(this.#main);
  }
}

const VOID = new Set("area base br col embed hr img input link meta source track wbr".split(" "));

function isHidden({ hidden, style = "", ...rest }: Readonly<Record<string, string>>): boolean {
  return hidden !== undefined || rest["aria-hidden"] === "true" || /display:\s*none/i.test(style);
}

class Writer {
  readonly #address: string;
  readonly #lists: { readonly isOrdered: boolean; count: number }[] = [];
  readonly #links: (string | undefined)[] = [];
  #text = "";
  #pre = 0;

  constructor(address: string) {
    this.#address = address;
  }

  open(name: string, attributes: Readonly<Record<string, string>>): void {
    if (name === "pre") {
      this.#line(2);
      this.#text += "```\n";
      this.#pre++;
      return;
    }
    const heading = /^h([1-6])$/.exec(name)?.[1];
    if (heading) {
      this.#line(2);
      this.#text += `${"#".repeat(Number(heading))} `;
    } else if (name === "ul" || name === "ol") this.#lists.push({ isOrdered: name === "ol", count: 0 });
    else if (name === "li") this.#item();
    else if (name === "br") this.#line(1);
    else if (name === "a") this.#openLink(attributes["href"]);
    else if (name === "img" && attributes["alt"]) this.text(`[picture: ${attributes["alt"]}]`);
    else if (name === "code" && this.#pre === 0) this.#text += "`";
    if (BLOCKS.has(name)) this.#line(name === "tr" ? 1 : 2);
  }

  text(text: string): void {
    if (this.#pre > 0) {
      this.#text += text;
      return;
    }
    const plain = text.replace(/\s+/g, " ");
    this.#text += /(^|\s)$/.test(this.#text) ? plain.trimStart() : plain;
  }

  close(name: string): void {
    if (name === "pre") {
      this.#pre = Math.max(0, this.#pre - 1);
      this.#line(1);
      this.#text += "```";
    } else if (name === "ul" || name === "ol") this.#lists.pop();
    else if (name === "td" || name === "th") this.#text += " | ";
    else if (name === "a") this.#closeLink();
    else if (name === "code" && this.#pre === 0) this.#text += "`";
    if (BLOCKS.has(name) || /^h[1-6]$/.test(name)) this.#line(name === "tr" || name === "li" ? 1 : 2);
  }

  done(): string {
    return this.#text
      .replace(/[ \t]+\n/g, "\n")
      .replace(/\n{3,}/g, "\n\n")
      .trim();
  }

  #line(count: number): void {
    const tail = /\n*$/.exec(this.#text)?.[0].length ?? 0;
    if (this.#text !== "" && tail < count) this.#text += "\n".repeat(count - tail);
  }

  #item(): void {
    this.#line(1);
    const list = this.#lists.at(-1);
    if (list) list.count++;
    const indent = "  ".repeat(Math.max(0, this.#lists.length - 1));
    this.#text += `${indent}${list?.isOrdered ? `${list.count}.` : "-"} `;
  }

  #openLink(href: string | undefined): void {
    const url = href && URL.canParse(href, this.#address) ? new URL(href, this.#address) : undefined;
    const isWorth = url && /^https?:$/.test(url.protocol) && url.href.length <= URL_SHOWN_MAX && !href?.startsWith("#");
    this.#links.push(isWorth ? url.href : undefined);
    if (isWorth) this.#text += "[";
  }

  #closeLink(): void {
    const url = this.#links.pop();
    if (url === undefined) return;
    if (this.#text.endsWith("[")) this.#text = this.#text.slice(0, -1);
    else this.#text += `](${url})`;
  }
}

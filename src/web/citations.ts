// Whether what is cited stands where it is said to stand.
import { AppError, toAppError } from "../base/errors.ts";
import { CITATION_LIKENESS_MIN, CITATION_WORDS_MAX, PAGE_WORDS_MAX } from "../base/limits.ts";
import type { Pages } from "./pages.ts";

export interface Citation {
  readonly url: string;
  readonly quote: string;
  readonly title?: string | undefined;
}

export interface CheckedCitation extends Citation {
  readonly status: "verified" | "similar" | "unverified";
  /** How alike, from 0 to 1. */
  readonly likeness: number;
  /** The passage that is most alike, where it is not the same. */
  readonly found?: string;
  readonly problem?: string;
}

export class Citations {
  readonly #pages: Pick<Pages, "read">;

  constructor(pages: Pick<Pages, "read">) {
    this.#pages = pages;
  }

  /** One page after the other of each site, all sites at once. */
  async check(citations: readonly Citation[], signal: AbortSignal): Promise<CheckedCitation[]> {
    const checked = new Map<Citation, CheckedCitation>();
    const sites = Map.groupBy(citations, ({ url }) => (URL.canParse(url) ? new URL(url).host : url));
    const work = async (ofSite: readonly Citation[]) => {
      for (const citation of ofSite) checked.set(citation, await this.#checkOne(citation, signal));
    };
    await Promise.all([...sites.values()].map(work));
    return citations.flatMap((citation) => checked.get(citation) ?? []);
  }

  async #checkOne(citation: Citation, signal: AbortSignal): Promise<CheckedCitation> {
    try {
      const { text } = await this.#pages.read(citation.url, signal);
      const { likeness, found } = findPassage(citation.quote, text);
      if (likeness === 1) return { ...citation, status: "verified", likeness };
      const isAlike = likeness * 100 >= CITATION_LIKENESS_MIN;
      return {
        ...citation,
        status: isAlike ? "similar" : "unverified",
        likeness,
        found,
        ...(isAlike ? {} : { problem: "the passage does not stand there" }),
      };
    } catch (cause) {
      signal.throwIfAborted();
      const { message } = cause instanceof AppError ? cause : toAppError(cause);
      return { ...citation, status: "unverified", likeness: 0, problem: message };
    }
  }
}

/** The passage of a text that is most like a quote, word by word. */
export function findPassage(quote: string, text: string): { readonly likeness: number; readonly found: string } {
  const wanted = wordsOf(quote).slice(0, CITATION_WORDS_MAX);
  const words = wordsOf(text).slice(0, PAGE_WORDS_MAX);
  if (wanted.length === 0) return { likeness: 0, found: "" };
  if (` ${words.join(" ")} `.includes(` ${wanted.join(" ")} `)) return { likeness: 1, found: wanted.join(" ") };
  const { distance, begin, end } = closestPassage(wanted, words);
  const likeness = Math.max(0, 1 - distance / wanted.length);
  return { likeness: Math.round(likeness * 100) / 100, found: words.slice(begin, end).join(" ") };
}

/** Letters and digits alone: marks, links and breaks differ between a page and its text. */
function wordsOf(text: string): string[] {
  const plain = text
    .replaceAll(/\]\([^)\s]*\)/g, " ")
    .normalize("NFKC")
    .toLowerCase();
  return plain.match(/[\p{L}\p{N}]+/gu) ?? [];
}

interface Passage {
  /** Words to change so that it is the quote. */
  readonly distance: number;
  readonly begin: number;
  readonly end: number;
}

/** The passage with the fewest words to change. It may begin and end anywhere: so goes the way of Sellers. */
function closestPassage(wanted: readonly string[], words: readonly string[]): Passage {
  const nothing = wanted.map((_word, row) => ({ distance: row + 1, begin: 0, end: 0 }));
  let column: readonly Passage[] = nothing;
  let best: Passage = { distance: wanted.length, begin: 0, end: 0 };
  for (const [at, word] of words.entries()) {
    column = nextColumn(column, wanted, word, at);
    const whole = column.at(-1);
    if (whole && whole.distance < best.distance) best = { ...whole, end: at + 1 };
  }
  return best;
}

/** For each beginning of the quote, the passage that ends with this word and is most like it. */
function nextColumn(before: readonly Passage[], wanted: readonly string[], word: string, at: number): Passage[] {
  const column: Passage[] = [];
  let above: Passage = { distance: 0, begin: at + 1, end: 0 };
  let aside: Passage = { distance: 0, begin: at, end: 0 };
  for (const [row, one] of wanted.entries()) {
    const left = before[row] ?? aside;
    const least = cheapest(changed(aside, word === one ? 0 : 1), changed(left, 1), changed(above, 1));
    column.push(least);
    aside = left;
    above = least;
  }
  return column;
}

function changed(passage: Passage, by: number): Passage {
  return by === 0 ? passage : { ...passage, distance: passage.distance + by };
}

function cheapest(first: Passage, second: Passage, third: Passage): Passage {
  const better = second.distance < first.distance ? second : first;
  return third.distance < better.distance ? third : better;
}

// Text as words. Both engines index the words that are cut here and nothing else, so that they find the same: what
// they take for a letter, a word or a language never comes into it.
import { SEARCH_CHARS_MAX, SEARCH_WORD_CHARS_MAX, SEARCH_WORDS_MAX } from "../base/limits.ts";

/** One thing that must be there: words that stand one after the other, the last perhaps only begun. */
export interface SearchTerm {
  readonly words: readonly string[];
  readonly isPrefix: boolean;
}

/** Scripts without spaces: there each character is a word, and what is searched for is several in a row. */
const UNSPACED = ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"]
  .map((name) => `\\p{sc=${name}}`)
  .join("");
const WORD = new RegExp(`[[${UNSPACED}]&&[\\p{L}\\p{N}]]|[[\\p{L}\\p{N}]--[${UNSPACED}]]+`, "gv");
const ASCII = /^\p{ASCII}*$/u;

/** A single letter begins a third of all words: it is looked for as it stands. */
const PREFIX_CHARS_MIN = 2;

/** Words as they are compared: without case, accents and other marks, wide and joined letters taken apart. */
export function wordsOf(text: string): string[] {
  if (ASCII.test(text)) return (text.toLowerCase().match(/[a-z0-9]+/g) ?? []).map(cut);
  const folded = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase()
    .replaceAll("ς", "σ");
  return (folded.match(WORD) ?? []).map(cut);
}

function cut(word: string): string {
  return word.length > SEARCH_WORD_CHARS_MAX ? word.slice(0, SEARCH_WORD_CHARS_MAX).toWellFormed() : word;
}

/** What was typed, whatever it is: each piece a term, and what stands between quotes one as it stands. */
export function parseSearch(text: string): SearchTerm[] {
  const terms: SearchTerm[] = [];
  let room = SEARCH_WORDS_MAX;
  for (const [piece] of text.slice(0, SEARCH_CHARS_MAX).matchAll(/"[^"]*"?|[^"\s]+/g)) {
    const words = wordsOf(piece).slice(0, room);
    const last = words.at(-1);
    if (last === undefined) continue;
    terms.push({ words, isPrefix: !piece.startsWith('"') && last.length >= PREFIX_CHARS_MIN });
    room -= words.length;
  }
  return terms;
}

// How wide a text is in a terminal: East Asian characters and emoji take two columns, marks that combine none.
/** First and last code points of what is wide: Hangul, CJK with its punctuation, Kana, Yi, full-width forms. */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x20000, 0x3fffd],
];
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;
const NONE = /^(?:\p{M}|\p{Cf})+$/u;
const segments = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function displayWidth(text: string): number {
  let width = 0;
  for (const { segment } of segments.segment(text)) width += widthOf(segment);
  return width;
}

/** At most `columns` wide, with a mark where something was cut; never inside a character. */
export function clipToWidth(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let kept = "";
  let width = 0;
  for (const { segment } of segments.segment(text)) {
    const next = widthOf(segment);
    if (width + next > columns - 1) break;
    kept += segment;
    width += next;
  }
  return columns > 0 ? `${kept}…` : "";
}

function widthOf(segment: string): number {
  if (NONE.test(segment)) return 0;
  const code = segment.codePointAt(0) ?? 0;
  return EMOJI.test(segment) || WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

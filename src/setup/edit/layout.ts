// How a text is laid out, so that what is added looks like the rest of it.

export type LineBreak = "\n" | "\r\n";

/** The line break that the text uses first. */
export function lineBreakOf(text: string): LineBreak {
  return /\r?\n/.exec(text)?.[0] === "\r\n" ? "\r\n" : "\n";
}

export function hasLineBreak(text: string): boolean {
  return /[\r\n]/.test(text);
}

/** Where the line begins on which `offset` stands. */
export function lineStart(text: string, offset: number): number {
  return Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) + 1;
}

/** Where the line ends on which `offset` stands, before its break. */
export function lineEnd(text: string, offset: number): number {
  const at = text.slice(offset).search(/[\r\n]/);
  return at < 0 ? text.length : offset + at;
}

/** Behind the line break that follows, if one does. */
export function afterBreak(text: string, offset: number): number {
  if (text.startsWith("\r\n", offset)) return offset + 2;
  return text[offset] === "\n" || text[offset] === "\r" ? offset + 1 : offset;
}

/** The white space that the line of `offset` begins with. */
export function indentOf(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset), offset))?.[0] ?? "";
}

/** Whether nothing but white space stands before `offset` on its line. */
export function isFirstOnLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === "";
}

/** Where the white space begins that ends at `offset`. */
export function spaceBefore(text: string, offset: number): number {
  return text.slice(0, offset).trimEnd().length;
}

/** Cuts a text to `charsMax` characters, with a mark, never inside a surrogate pair. */
export function clip(text: string, charsMax: number): string {
  if (text.length <= charsMax) return text;
  return `${text
    .slice(0, charsMax - 1)
    .toWellFormed()
    .replace(/\uFFFD$/, "")}…`;
}

/** The name among `names` that `typed` was probably meant to be. */
export function closest(typed: string, names: Iterable<string>): string | undefined {
  const word = typed.slice(0, WORD_MAX).toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const distance = editDistance(word, name.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [name, distance];
  }
  return best;
}

/** "Did you mean x?" or, when nothing is near, the fallback. */
export function didYouMean(typed: string, names: Iterable<string>, otherwise: string): string {
  const near = closest(typed, names);
  return near ? `Did you mean ${near}?` : otherwise;
}

/** A typed word longer than this is no misspelling. */
const WORD_MAX = 64;

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/**
 * Control characters would move a terminal's cursor or break a log line, and the marks that turn the direction of
 * writing would show a text as another one: they are shown, not obeyed.
 */
export function printable(text: string): string {
  return text.toWellFormed().replace(CONTROL, (char) => {
    const code = char.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that are to be found.
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

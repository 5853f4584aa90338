// Whether a regular expression can take for ever: whether what it repeats can fit the same letters in more ways than one,
// and something after it can fail, so that every way is tried.

interface Atom {
  /** Letters, of the first 128, that it fits; nothing for an anchor. */
  readonly letters: Letters;
  readonly least: number;
  readonly isEndless: boolean;
  /** Of a group, its ways. */
  readonly ways: readonly Way[] | undefined;
}
type Way = readonly Atom[];
type Letters = ReadonlySet<number>;

const ALL: Letters = new Set(Array.from({ length: 128 }, (_one, code) => code));
const NOTHING: Letters = new Set();
const DIGITS = lettersLike(/\d/);
const CLASSES: Readonly<Record<string, Letters>> = {
  d: DIGITS,
  w: lettersLike(/\w/),
  s: lettersLike(/\s/),
  D: lettersLike(/\D/),
  W: lettersLike(/\W/),
  S: lettersLike(/\S/),
};
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", f: "\f", v: "\v", "0": "\0" };
const PATTERN_MAX = 1_000;

export function isSlowPattern(pattern: string): boolean {
  if (pattern.length > PATTERN_MAX || !/[*+}]/.test(pattern)) return false;
  const ways = new Reader(pattern).ways();
  return ways.some((way) => isSlowWay(way));
}

function lettersLike(pattern: RegExp): Letters {
  return new Set([...ALL].filter((code) => pattern.test(String.fromCharCode(code))));
}

function isSlowWay(way: Way): boolean {
  return way.some((atom, at) => {
    if (atom.ways?.some((inner) => isSlowWay(inner))) return true;
    // With nothing after it that can fail, the first way is the last.
    return atom.isEndless && atom.ways !== undefined && at < way.length - 1 && isAmbiguous(atom.ways);
  });
}

/** Whether one text can be taken apart into these ways, one after the other, in more ways than one. */
function isAmbiguous(ways: readonly Way[]): boolean {
  if (ways.some((way) => looseIn(way).length > 0)) return true;
  const singles = singlesOf(ways);
  return singles.some((one, at) => singles.slice(at + 1).some((other) => overlap(one, other)));
}

function singlesOf(ways: readonly Way[]): Letters[] {
  return ways.flatMap((way) => (way.length === 1 && way[0] && !way[0].ways ? [way[0].letters] : []));
}

/** What repeats in a way with nothing beside it that must be there and tells where one round ends and the next begins. */
function looseIn(way: Way): Letters[] {
  return way.flatMap((atom) => {
    const inner = atom.ways
      ? [...atom.ways.flatMap(looseIn), ...(atom.isEndless ? singlesOf(atom.ways) : [])]
      : atom.isEndless
        ? [atom.letters]
        : [];
    return inner.filter((letters) => !way.some((other) => other !== atom && tellsApart(other, letters)));
  });
}

/** Whether something must be there that is none of these letters. */
function tellsApart({ least, letters, ways }: Atom, from: Letters): boolean {
  if (least === 0) return false;
  if (ways) return ways.every((way) => way.some((one) => tellsApart(one, from)));
  return letters.size > 0 && !overlap(letters, from);
}

function overlap(one: Letters, other: Letters): boolean {
  return !one.isDisjointFrom(other);
}

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Ways with | between them, to the end of the group. */
  ways(): Way[] {
    const ways = [this.#way()];
    while (this.#text[this.#at] === "|") {
      this.#at++;
      ways.push(this.#way());
    }
    return ways;
  }

  #way(): Way {
    const atoms: Atom[] = [];
    while (this.#at < this.#text.length && !"|)".includes(this.#text[this.#at] ?? "")) atoms.push(this.#atom());
    return atoms;
  }

  #atom(): Atom {
    const char = this.#text[this.#at++] ?? "";
    if (char === "(") {
      const isLook = /^\?<?[=!]/.test(this.#text.slice(this.#at));
      this.#at += /^\?(?:[:=!]|<[=!]|P?<\w+>)/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
      const ways = this.ways();
      this.#at++;
      const group = this.#repeated(NOTHING, ways);
      return isLook ? { letters: NOTHING, least: 0, isEndless: false, ways: undefined } : group;
    }
    if (char === "^" || char === "$") return { letters: NOTHING, least: 0, isEndless: false, ways: undefined };
    const letters = char === "[" ? this.#class() : char === "\\" ? this.#escaped() : char === "." ? ALL : only(char);
    return this.#repeated(letters, undefined);
  }

  #repeated(letters: Letters, ways: readonly Way[] | undefined): Atom {
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})[?+]?/.exec(this.#text.slice(this.#at));
    if (!found) return { letters, least: 1, isEndless: false, ways };
    this.#at += found[0].length;
    const [, mark, from, comma, to] = found;
    const least = mark === undefined ? Number(from) : mark === "+" ? 1 : 0;
    const isEndless = mark === undefined ? comma === "," && to === "" : mark !== "?";
    return { letters, least, isEndless, ways };
  }

  #escaped(): Letters {
    const char = this.#text[this.#at++] ?? "";
    if (char === "b" || char === "B") return NOTHING;
    if (char === "p" || char === "P") {
      this.#at += /^\{[^}]*\}/.exec(this.#text.slice(this.#at))?.[0].length ?? 0;
      // Which letters these are is not worked out.
      return NOTHING;
    }
    return CLASSES[char] ?? only(CONTROLS[char] ?? char);
  }

  #class(): Letters {
    const isNot = this.#text[this.#at] === "^";
    if (isNot) this.#at++;
    const letters = new Set<number>();
    let isFirst = true;
    while (this.#at < this.#text.length && (isFirst || this.#text[this.#at] !== "]")) {
      isFirst = false;
      this.#inClass(letters);
    }
    this.#at++;
    return isNot ? ALL.difference(letters) : letters;
  }

  #inClass(letters: Set<number>): void {
    const from = this.#one();
    const isRange = from.size === 1 && /^-[^\]]/.test(this.#text.slice(this.#at));
    if (!isRange) {
      for (const code of from) letters.add(code);
      return;
    }
    this.#at++;
    const [low = 0] = from;
    const [high = low] = this.#one();
    for (let code = low; code <= high; code++) letters.add(code);
  }

  #one(): Letters {
    const char = this.#text[this.#at++] ?? "";
    return char === "\\" ? this.#escaped() : only(char);
  }
}

function only(char: string): Letters {
  const code = char.charCodeAt(0);
  // Beyond the first 128 all letters are one.
  return new Set([code < 128 ? code : 127]);
}

import type { Random } from "./random.ts";

const ANY = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const MORE_MAX = 8;

/** A text that a pattern fits: of those patterns that name letters, groups and how often. */
export function textLike(pattern: string, random: Random): string {
  return new Maker(pattern, random).choice();
}

class Maker {
  #at = 0;
  readonly #pattern: string;
  readonly #random: Random;

  constructor(pattern: string, random: Random) {
    this.#pattern = pattern;
    this.#random = random;
  }

  /** Ways with | between them, to the end of the group. */
  choice(): string {
    const ways = [this.#row()];
    while (this.#pattern[this.#at] === "|") {
      this.#at++;
      ways.push(this.#row());
    }
    return ways[this.#random.int(0, ways.length - 1)] ?? "";
  }

  #row(): string {
    let text = "";
    while (this.#at < this.#pattern.length && !"|)".includes(this.#pattern[this.#at] ?? "")) text += this.#piece();
    return text;
  }

  #piece(): string {
    const from = this.#at;
    let one = this.#one();
    const to = this.#at;
    const count = this.#count();
    let text = count === 0 ? "" : one;
    for (let more = 1; more < count; more++) {
      const after = this.#at;
      this.#at = from;
      one = this.#one();
      text += one;
      this.#at = after;
    }
    return to === from ? "" : text;
  }

  #count(): number {
    const [, least = "", most] = /^\{(\d+)(?:,(\d*))?\}/.exec(this.#pattern.slice(this.#at)) ?? [];
    const mark = this.#pattern[this.#at];
    if (least !== "") {
      this.#at = this.#pattern.indexOf("}", this.#at) + 1;
      this.#lazy();
      const upper = most === undefined ? Number(least) : most === "" ? Number(least) + MORE_MAX : Number(most);
      return this.#random.int(Number(least), Math.min(upper, Number(least) + MORE_MAX));
    }
    if (mark !== "?" && mark !== "*" && mark !== "+") return 1;
    this.#at++;
    this.#lazy();
    if (mark === "?") return this.#random.int(0, 1);
    return this.#random.int(mark === "+" ? 1 : 0, MORE_MAX);
  }

  #lazy(): void {
    if (this.#pattern[this.#at] === "?") this.#at++;
  }

  #one(): string {
    const char = this.#pattern[this.#at++] ?? "";
    if (char === "(") {
      if (this.#pattern.startsWith("?:", this.#at)) this.#at += 2;
      const text = this.choice();
      this.#at++;
      return text;
    }
    if (char === "[") return this.#letterOf();
    if (char === "\\") return this.#escaped(this.#pattern[this.#at++] ?? "");
    return char === "." ? "x" : char;
  }

  #escaped(char: string): string {
    if (char === "d") return String(this.#random.int(0, 9));
    if (char === "s") return " ";
    if (char === "n") return "\n";
    if (char === "w" || char === "S") return this.#pick(ANY);
    return char;
  }

  #letterOf(): string {
    const end = this.#pattern.indexOf("]", this.#at + 1);
    const inner = this.#pattern.slice(this.#at, end);
    this.#at = end + 1;
    if (inner.startsWith("^")) return this.#pick(ANY);
    const letters = inner
      .replace(/\\d/g, "0123456789")
      .replace(/\\([ns])/g, "")
      .replace(/([a-zA-Z0-9])-([a-zA-Z0-9])/g, (_all, from: string, to: string) => between(from, to));
    return this.#pick(letters);
  }

  #pick(letters: string): string {
    return letters[this.#random.int(0, letters.length - 1)] ?? "";
  }
}

function between(from: string, to: string): string {
  const [low, high] = [from.charCodeAt(0), to.charCodeAt(0)];
  return String.fromCharCode(...Array.from({ length: high - low + 1 }, (_one, at) => low + at));
}

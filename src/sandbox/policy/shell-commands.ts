// The commands of a bash script, as far as they can be read without running it: through quotes, substitutions,
// redirections, here-documents, `bash -c`, `eval`, `env`, `xargs` and `find -exec`. It is for people who mean well;
// who means ill hides a command from any reader, and meets the isolation.

/** The name, and what is given to it. What is only known while it runs stands there as it is written: $HOME, $(…). */
export type ShellCommand = readonly [string, ...string[]];

const DEPTH_MAX = 8;

export function shellCommands(script: string, depth = 0): ShellCommand[] {
  if (depth > DEPTH_MAX) return [];
  const reader = new Reader(script);
  reader.read();
  const inner = reader.inner.flatMap((text) => shellCommands(text, depth + 1));
  return [...reader.commands.flatMap((words) => unwrapped(words, depth)), ...inner];
}

class Reader {
  readonly commands: string[][] = [];
  /** Scripts inside the script. */
  readonly inner: string[] = [];
  readonly #text: string;
  #at = 0;
  #words: string[] = [];
  #word: string | undefined;
  #isTarget = false;
  #documents: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): void {
    while (this.#at < this.#text.length) this.#step();
    this.#endCommand();
  }

  #step(): void {
    const char = this.#text[this.#at] ?? "";
    const next = this.#text[this.#at + 1];
    if (char === "\\") return this.#escape(next);
    if (char === "'") return this.#add(this.#until("'", false));
    if (char === '"') return this.#quote();
    if (char === "$") return this.#dollar(next);
    if (char === "`") return this.#substitute(this.#until("`", true), "`…`");
    if (char === "#" && this.#word === undefined) return this.#skipLine();
    if (char === "<" || char === ">" || (char === "&" && next === ">")) return this.#redirect();
    this.#at++;
    if (char === "\n") {
      this.#endCommand();
      this.#skipDocuments();
    } else if (";|&()".includes(char)) this.#endCommand();
    else if (/\s/.test(char)) this.#endWord();
    else this.#add(char);
  }

  #add(text: string): void {
    this.#word = (this.#word ?? "") + text;
  }

  #endWord(): void {
    if (this.#word !== undefined && !this.#isTarget) this.#words.push(this.#word);
    if (this.#word !== undefined) this.#isTarget = false;
    this.#word = undefined;
  }

  #endCommand(): void {
    this.#endWord();
    this.#isTarget = false;
    if (this.#words.length > 0) this.commands.push(this.#words);
    this.#words = [];
  }

  #escape(next: string | undefined): void {
    this.#at += 2;
    if (next !== "\n" && next !== undefined) this.#add(next);
  }

  /** What stands before the next `end`, which is passed. */
  #until(end: string, hasEscapes: boolean): string {
    let text = "";
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at] ?? "";
      if (char === end) break;
      if (hasEscapes && char === "\\") this.#at++;
      text += this.#text[this.#at] ?? "";
    }
    this.#at++;
    return text;
  }

  #quote(): void {
    this.#add("");
    for (this.#at++; this.#at < this.#text.length; ) {
      const char = this.#text[this.#at];
      if (char === '"') break;
      if (char === "\\") this.#escape(this.#text[this.#at + 1]);
      else if (char === "`") this.#substitute(this.#until("`", true), "`…`");
      else if (char === "$" && this.#text[this.#at + 1] !== "'") this.#dollar(this.#text[this.#at + 1]);
      else {
        this.#add(char ?? "");
        this.#at++;
      }
    }
    this.#at++;
  }

  #dollar(next: string | undefined): void {
    this.#at++;
    if (next === "(") return this.#substitute(this.#balanced("(", ")"), "$(…)");
    if (next === "{") {
      const inside = this.#balanced("{", "}");
      if (/\$\(|`/.test(inside)) this.inner.push(inside);
      return this.#add(`\${${inside}}`);
    }
    if (next === "'") return this.#add(unescaped(this.#until("'", false)));
    this.#add("$");
  }

  #substitute(script: string, shown: string): void {
    this.inner.push(script);
    this.#add(shown);
  }

  /** What stands between the bracket here and its partner, which is passed. */
  #balanced(open: string, close: string): string {
    const start = this.#at + 1;
    let depth = 0;
    for (; this.#at < this.#text.length; this.#at++) {
      const char = this.#text[this.#at];
      if (char === "\\") this.#at++;
      else if (char === "'") this.#at = Math.max(this.#at, this.#text.indexOf("'", this.#at + 1));
      else if (char === open) depth++;
      else if (char === close && --depth === 0) break;
    }
    return this.#text.slice(start, this.#at++);
  }

  #redirect(): void {
    if (this.#word !== undefined && /^\d+$/.test(this.#word)) this.#word = undefined; // The number of a handle.
    this.#endWord();
    const [operator = ""] =
      /^(&>>?|<<-?(?!<)|<<<|[<>]\(|>>|>\||[<>]&|<>|[<>])/.exec(this.#text.slice(this.#at, this.#at + 3)) ?? [];
    this.#at += operator.length;
    if (operator.endsWith("(")) {
      this.#at--;
      return this.#substitute(this.#balanced("(", ")"), "<(…)");
    }
    if (!operator.startsWith("<<") || operator === "<<<") {
      this.#isTarget = true;
      return;
    }
    const [all = "", delimiter = ""] = /^\s*\\?(["']?[\w.-]+["']?)/.exec(this.#text.slice(this.#at)) ?? [];
    this.#at += all.length;
    this.#documents.push(delimiter.replace(/["']/g, ""));
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end < 0 ? this.#text.length : end;
  }

  #skipDocuments(): void {
    for (const delimiter of this.#documents) {
      while (this.#at < this.#text.length) {
        const start = this.#at;
        this.#skipLine();
        const line = this.#text.slice(start, this.#at++);
        if (line.trim() === delimiter) break;
      }
    }
    this.#documents = [];
  }
}

function unescaped(text: string): string {
  return text
    .replace(/\\x([0-9a-fA-F]{1,2})/g, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/\\([0-7]{1,3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
    .replace(/\\(.)/g, "$1");
}

const RESERVED = /^(if|then|elif|else|fi|while|until|do|done|!|\{|\}|time|coproc|function|esac)$/;
/** What follows is a list of words. */
const NO_COMMAND = /^(for|select|case|in)$/;
const ASSIGNMENT = /^[A-Za-z_]\w*(\[[^\]]*\])?\+?=/;
/** Run what follows them, after their own flags; with the flags that take a word more. */
const WRAPPERS: Readonly<Record<string, RegExp>> = {
  command: /^$/,
  builtin: /^$/,
  exec: /^-a$/,
  nohup: /^$/,
  setsid: /^$/,
  stdbuf: /^-[ioe]$/,
  nice: /^-n$/,
  ionice: /^-[cnp]$/,
  env: /^-[uCS]$/,
  xargs: /^-[nIPLdsEa]$/,
  timeout: /^-[ks]$/,
};
const SHELLS = /^(ba|da|k|z|a)?sh$/;

/** A command, and those that it runs in its turn. */
function unwrapped(given: readonly string[], depth: number): ShellCommand[] {
  const [first, ...rest] = given.slice(given.findIndex((word) => !RESERVED.test(word) && !ASSIGNMENT.test(word)));
  if (first === undefined || RESERVED.test(first) || ASSIGNMENT.test(first) || NO_COMMAND.test(first)) return [];
  const command: ShellCommand = [first, ...rest];
  return [command, ...runBy(commandName(command), rest, depth)];
}

function runBy(name: string, rest: readonly string[], depth: number): ShellCommand[] {
  if (name === "eval") return shellCommands(rest.join(" "), depth + 1);
  if (SHELLS.test(name)) {
    const at = rest.findIndex((word) => /^-\w*c$/.test(word));
    return at < 0 ? [] : shellCommands(rest[at + 1] ?? "", depth + 1);
  }
  if (name === "find") return executedByFind(rest, depth);
  const takesWord = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (!takesWord || depth > DEPTH_MAX) return [];
  const words = [...rest];
  while (words[0]?.startsWith("-")) if (takesWord.test(words.shift() ?? "")) words.shift();
  if (name === "timeout") words.shift();
  return unwrapped(words, depth + 1);
}

function executedByFind(words: readonly string[], depth: number): ShellCommand[] {
  return words.flatMap((word, at) => {
    if (!/^-(exec|execdir|ok|okdir)$/.test(word)) return [];
    const rest = words.slice(at + 1);
    const end = rest.findIndex((one) => one === ";" || one === "+");
    return unwrapped(end < 0 ? rest : rest.slice(0, end), depth + 1);
  });
}

/** Without the folder that it is called from. */
export function commandName([name]: ShellCommand): string {
  return name.slice(name.lastIndexOf("/") + 1);
}

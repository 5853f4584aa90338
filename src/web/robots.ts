// What a site asks programs to leave alone.
import { isLike } from "../base/pattern.ts";

interface Rule {
  readonly path: string;
  readonly allows: boolean;
}

/** Of its robots.txt, what is said to us: the group that names us, else the one for everybody. */
export class Robots {
  readonly #rules: readonly Rule[];

  constructor(text: string, name: string) {
    const groups = groupsOf(text);
    const own = groups.filter(({ agents }) =>
      agents.some((agent) => agent !== "*" && name.toLowerCase().includes(agent)),
    );
    const chosen = own.length > 0 ? own : groups.filter(({ agents }) => agents.includes("*"));
    this.#rules = chosen.flatMap(({ rules }) => rules);
  }

  /** The longest rule that fits decides, and of two alike the kinder one. */
  allows(path: string): boolean {
    const fitting = this.#rules.filter((rule) => fits(rule.path, path));
    const longest = Math.max(0, ...fitting.map((rule) => rule.path.length));
    const deciding = fitting.filter((rule) => rule.path.length === longest);
    return deciding.length === 0 || deciding.some(({ allows }) => allows);
  }
}

interface Group {
  readonly agents: string[];
  readonly rules: Rule[];
}

const LINES_MAX = 5_000;

function groupsOf(text: string): Group[] {
  const groups: Group[] = [];
  let open: Group | undefined;
  for (const line of text.split(/\r?\n/).slice(0, LINES_MAX)) {
    const [, key = "", value = ""] = /^\s*([\w-]+)\s*:\s*([^#]*)/.exec(line) ?? [];
    const word = key.toLowerCase();
    if (word === "user-agent") {
      if (!open || open.rules.length > 0) {
        open = { agents: [], rules: [] };
        groups.push(open);
      }
      open.agents.push(value.trim().toLowerCase());
    } else if (open && (word === "allow" || word === "disallow") && value.trim() !== "") {
      open.rules.push({ path: value.trim(), allows: word === "allow" });
    }
  }
  return groups;
}

/** A rule is about all that begins like it, unless it ends with `$`. */
function fits(rule: string, path: string): boolean {
  return isLike(rule.endsWith("$") ? rule.slice(0, -1) : `${rule}*`, path);
}

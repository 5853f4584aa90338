// What a Python program says it needs: as an input of the call, or in its own header (PEP 723).
import { AppError } from "../../base/errors.ts";
import { CODE_PACKAGES_MAX, CODE_REQUIREMENT_CHARS_MAX } from "../../base/limits.ts";

/** Names with versions, like numpy, pandas[excel]>=2,<3. No addresses, no paths, no options of an installer. */
const REQUIREMENT =
  /^([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)\s*(\[\s*[a-z0-9._-]+(?:\s*,\s*[a-z0-9._-]+)*\s*\])?\s*((?:===|==|!=|~=|>=|<=|>|<)\s*[a-z0-9.*+!_-]+(?:\s*,\s*(?:===|==|!=|~=|>=|<=|>|<)\s*[a-z0-9.*+!_-]+)*)?$/i;

export interface Requirement {
  /** As the index knows it. */
  readonly name: string;
  readonly text: string;
}

/** Sorted, each once: the same set is the same, in whatever order it was given. */
export function requirementsOf(given: readonly string[], code: string): Requirement[] {
  const all = [...given, ...headerRequirements(code)].map(requirement);
  if (all.length > CODE_PACKAGES_MAX) throw cannotUse(`${all.length} packages`, `${CODE_PACKAGES_MAX} at most`);
  const byText = new Map(all.map((one) => [one.text, one]));
  return [...byText.values()].toSorted((a, b) => (a.text < b.text ? -1 : 1));
}

function requirement(given: string): Requirement {
  const match = given.length <= CODE_REQUIREMENT_CHARS_MAX ? REQUIREMENT.exec(given.trim()) : null;
  if (!match) throw cannotUse(JSON.stringify(given.slice(0, SHOWN_CHARS)), "that is no name with versions");
  const [, name = "", extras = "", versions = ""] = match;
  const plain = name.toLowerCase().replace(/[-_.]+/g, "-");
  return { name: plain, text: `${plain}${extras.toLowerCase()}${versions}`.replace(/\s+/g, "") };
}

function cannotUse(what: string, problem: string): AppError {
  return new AppError("invalid_input", `cannot install ${what}: ${problem}`, {
    hint: 'Write packages like "numpy" or "pandas>=2,<3"; addresses, paths and markers are not taken.',
  });
}

/** The block that PEP 723 has at the top of a script: TOML in comments, of which two keys count. */
function headerRequirements(code: string): string[] {
  const block = /^# \/\/\/ script\s*$([\s\S]*?)^# \/\/\/\s*$/m.exec(code)?.[1];
  if (block === undefined) return [];
  const toml = block.replace(/^#[ \t]?/gm, "");
  const list = /^dependencies\s*=\s*\[((?:[^\]"']|"[^"]*"|'[^']*')*)\]/m.exec(toml)?.[1] ?? "";
  return [...list.matchAll(/"([^"]*)"|'([^']*)'/g)].map(([, double, single]) => double ?? single ?? "");
}

/** The versions of Python that the header asks for, like ">=3.11". */
export function wantedPython(code: string): string | undefined {
  const block = /^# \/\/\/ script\s*$([\s\S]*?)^# \/\/\/\s*$/m.exec(code)?.[1] ?? "";
  return /^#\s*requires-python\s*=\s*["']([^"']*)["']/m.exec(block)?.[1];
}

/** True when a version like 3.11.7 is what the specifiers say. */
export function fits(version: string, specifiers: string): boolean {
  return specifiers.split(",").every((specifier) => {
    const [, operator = "", wanted = ""] = /^\s*(===|==|!=|~=|>=|<=|>|<)\s*([\d.]+)(?:\.\*)?\s*$/.exec(specifier) ?? [];
    const order = compare(version, wanted, operator === "==" || operator === "!=");
    if (operator === "~=")
      return compare(version, wanted, false) >= 0 && compare(version, wanted.replace(/\.\d+$/, ""), true) === 0;
    return COMPARES[operator]?.(order) ?? true;
  });
}

const COMPARES: Readonly<Record<string, (order: number) => boolean>> = {
  "==": (order) => order === 0,
  "===": (order) => order === 0,
  "!=": (order) => order !== 0,
  ">=": (order) => order >= 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  "<": (order) => order < 0,
};

/** With `isPrefix` only as many numbers count as are wanted: 3.11.7 is 3.11. */
function compare(version: string, wanted: string, isPrefix: boolean): number {
  const [own, other] = [version, wanted].map((text) => text.split(".").map(Number)) as [number[], number[]];
  const length = isPrefix ? other.length : Math.max(own.length, other.length);
  for (let at = 0; at < length; at++) {
    const order = Math.sign((own[at] ?? 0) - (other[at] ?? 0));
    if (order !== 0) return order;
  }
  return 0;
}

const SHOWN_CHARS = 80;

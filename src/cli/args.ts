import { AppError } from "../base/errors.ts";
import { clip, didYouMean } from "../base/text.ts";

export interface FlagSpec {
  readonly kind: "text" | "boolean" | "optional";
  /** May be given more than once. */
  readonly isMany?: boolean;
}

export interface ParsedArgs {
  readonly words: readonly string[];
  readonly flags: Readonly<Record<string, readonly string[]>>;
}

/** Everything after `--` is a word, whatever it looks like. */
const END_OF_FLAGS = "--";

/**
 * Words and flags, in any order. `--name value`, `--name=value`, `--yes` and `--no-yes`; an `optional` flag takes
 * the next word only when it is a number, like `--http 5061`.
 */
export function parseArgs(argv: readonly string[], specs: Readonly<Record<string, FlagSpec>>): ParsedArgs {
  const words: string[] = [];
  // Without a prototype: `--constructor` is no flag, and nothing that was typed may become one.
  const flags: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (let at = 0; at < argv.length; at++) {
    const token = argv[at] ?? "";
    if (token === END_OF_FLAGS) {
      words.push(...argv.slice(at + 1));
      break;
    }
    const long = SHORT.get(token) ?? token;
    if (!long.startsWith("--")) {
      words.push(long);
      continue;
    }
    const { name, value, takesNext } = readFlag(long, argv[at + 1], specs);
    flags[name] = [...(specs[name]?.isMany ? (flags[name] ?? []) : []), value];
    if (takesNext) at++;
  }
  return { words, flags };
}

const SHORT: ReadonlyMap<string, string> = new Map([
  ["-h", "--help"],
  ["-v", "--version"],
  ["-V", "--version"],
]);

function readFlag(
  token: string,
  next: string | undefined,
  specs: Readonly<Record<string, FlagSpec>>,
): { name: string; value: string; takesNext: boolean } {
  const [bare = "", ...rest] = token.slice(2).split("=");
  const given = rest.length > 0 ? rest.join("=") : undefined;
  const negated = bare.startsWith("no-") && specOf(specs, bare.slice(3))?.kind === "boolean";
  const name = negated ? bare.slice(3) : bare;
  const spec = specOf(specs, name);
  if (!spec) {
    throw new AppError("invalid_input", `no flag --${clip(bare, SHOWN_MAX)}`, {
      hint: didYouMean(bare, Object.keys(specs), "See --help.").replace(/^Did you mean (.*)\?$/, "Did you mean --$1?"),
    });
  }
  if (negated) return { name, value: "false", takesNext: false };
  if (spec.kind === "boolean") return { name, value: readBoolean(name, given), takesNext: false };
  if (given !== undefined) return { name, value: given, takesNext: false };
  if (spec.kind === "optional") {
    const isNext = takesNext(spec, next);
    return { name, value: isNext ? (next ?? "") : "", takesNext: isNext };
  }
  if (next === undefined || next.startsWith("--")) {
    const hint = `Write it like --${name} VALUE${next === undefined ? "" : `, or --${name}=VALUE when it begins with dashes`}.`;
    throw new AppError("invalid_input", `--${name} needs a value`, { hint });
  }
  return { name, value: next, takesNext: true };
}

function takesNext(spec: FlagSpec | undefined, next = ""): boolean {
  return spec?.kind === "text" || (spec?.kind === "optional" && /^\d+$/.test(next));
}

function readBoolean(name: string, given = "true"): string {
  const value = BOOLEANS.get(given.toLowerCase());
  if (value !== undefined) return value;
  throw new AppError(
    "invalid_input",
    `--${name} is either given or not: ${JSON.stringify(clip(given, SHOWN_MAX))} says neither`,
    {
      hint: `Write --${name} or --no-${name}.`,
    },
  );
}

const BOOLEANS: ReadonlyMap<string, "true" | "false"> = new Map([
  ["true", "true"],
  ["1", "true"],
  ["yes", "true"],
  ["false", "false"],
  ["0", "false"],
  ["no", "false"],
]);

/** The words alone, for when it is not known yet which command they name: what is no flag here may be one of its own. */
export function wordsOf(argv: readonly string[], specs: Readonly<Record<string, FlagSpec>>): string[] {
  const words: string[] = [];
  for (let at = 0; at < argv.length; at++) {
    const token = argv[at] ?? "";
    if (token === END_OF_FLAGS) return [...words, ...argv.slice(at + 1)];
    if (!(SHORT.get(token) ?? token).startsWith("--")) words.push(token);
    else if (!token.includes("=") && takesNext(specOf(specs, token.slice(2)), argv[at + 1])) at++;
  }
  return words;
}

function specOf(specs: Readonly<Record<string, FlagSpec>>, name: string): FlagSpec | undefined {
  return Object.hasOwn(specs, name) ? specs[name] : undefined;
}

const SHOWN_MAX = 200;

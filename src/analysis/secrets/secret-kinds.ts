import { z } from "zod";
import { ownYaml } from "../../runtime/own-yaml.ts";
import text from "./secret-kinds.yaml" with { type: "text" };
import { WordFinder } from "./word-finder.ts";

const Row = z.strictObject({
  id: z.string(),
  name: z.string(),
  /** One of them must stand in the text, in small letters. */
  words: z.array(z.string()).min(1),
  pattern: z.string(),
  /** The least that it must have, in bits a character. */
  entropy: z.number().optional(),
  /** For those without a mark of their own: what it must be given to. */
  near: z.string().optional(),
  sure: z.enum(["high", "medium"]).optional(),
});

export interface SecretKind {
  readonly id: string;
  readonly name: string;
  readonly words: readonly string[];
  /** Its first group that is filled is the secret, else all of it. */
  readonly pattern: RegExp;
  readonly entropy: number;
  readonly sure: "high" | "medium";
}

/** Between a name and that which it is given. */
const GIVEN = `[\\w.\\-\\[\\]]{0,30}["'\`]?\\]?\\s{0,5}(?:=>|:=|[:=,(]|\\bis\\b)\\s{0,5}[rbuf]?["'\`]?`;
const BEFORE = "(?<![A-Za-z0-9_])";
const AFTER = "(?![A-Za-z0-9_])";

export interface SecretKinds {
  readonly kinds: readonly SecretKind[];
  /** Of the words of all of them. */
  readonly finder: WordFinder;
}

let known: Promise<SecretKinds> | undefined;

/** Read with the first file. */
export function secretKinds(): Promise<SecretKinds> {
  known ??= ownYaml(text).then((rows) => {
    const kinds = z.array(Row).parse(rows).map(kindOf);
    return { kinds, finder: new WordFinder(kinds.flatMap(({ words }) => words)) };
  });
  return known;
}

function kindOf({ id, name, words, pattern, entropy = 0, near, sure = "high" }: z.infer<typeof Row>): SecretKind {
  const source =
    near === undefined ? `${BEFORE}(?:${pattern})${AFTER}` : `(?:${ignoringCase(near)})${GIVEN}(${pattern})${AFTER}`;
  return { id, name, words, pattern: new RegExp(source, "g"), entropy, sure };
}

/** Names are written in any case; what they are given is not. */
function ignoringCase(pattern: string): string {
  return pattern.replace(/\\.|[a-z]/g, (one) => (one.length > 1 ? one : `[${one}${one.toUpperCase()}]`));
}

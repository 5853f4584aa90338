// Keys and passwords that stand in a text: by the marks that their makers gave them, and by the names of what they are
// given to. What is an example, a placeholder, a digest or an id is none.
import type { Confidence } from "../finding.ts";
import { isPlaceholder, looksRandom, saidEntropy } from "./placeholder.ts";
import { type SecretKind, secretKinds } from "./secret-kinds.ts";

export interface FoundSecret {
  readonly kind: string;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: Confidence;
}

/** Files that hold values for tests: only what cannot be anything else is a secret there. */
const TEST_PATH = /(^|[/._-])(tests?|specs?|fixtures?|mocks?|examples?|samples?|__tests__|testdata)([/._-]|$)/i;
/** More of one file nobody reads. */
const FOUND_MAX = 200;

export async function findSecrets(path: string, text: string): Promise<FoundSecret[]> {
  const isTest = TEST_PATH.test(path);
  const { kinds, finder } = await secretKinds();
  const words = finder.wordsIn(text.toLowerCase());
  const wanted = kinds.filter((kind) => kind.words.some((word) => words.has(word)));
  const found = [...marked(text, isTest, wanted), ...(isTest ? [] : named(path, text))];
  found.sort((one, other) => one.start - other.start || RANK[one.confidence] - RANK[other.confidence]);
  const apart: FoundSecret[] = [];
  let end = 0;
  for (const one of found) {
    if (one.start < end) continue;
    apart.push(one);
    end = one.end;
    if (apart.length === FOUND_MAX) break;
  }
  return apart;
}

const RANK = { high: 0, medium: 1, low: 2 } as const;

// --- By their marks -------------------------------------------------------------------------------------------------

function* marked(text: string, isTest: boolean, kinds: readonly SecretKind[]): Generator<FoundSecret> {
  for (const { id, name, pattern, entropy, sure } of kinds) {
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
      const secret = match.slice(1).find((group) => group !== undefined) ?? match[0];
      if (saidEntropy(secret) < entropy || isPlaceholder(secret)) continue;
      const start = match.index + match[0].lastIndexOf(secret);
      const confidence = isTest ? "low" : sure;
      yield { kind: id, name, start, end: start + secret.length, confidence };
    }
  }
}

// --- By the names of what they are given to ---------------------------------------------------------------------------

const SECRET_NAME =
  "[\\w.-]{0,40}(?:passw(?:or)?d|passphrase|\\bpwd|_pwd|\\bpass|_pass|secret|api_?key|apikey|auth_?key|access_?key|private_?key|encryption_?key|signing_?key|auth_?token|access_?token|refresh_?token|bearer_?token|api_?token|\\btoken|_token|credentials?)(?:s|_?(?:value|string|hash|base64|b64|\\d))?";
/** `name = "value"`, `"name": "value"`, `name: str = "value"`, `set_name("value")`. */
const QUOTED = new RegExp(
  `(?<![A-Za-z0-9])(${SECRET_NAME})["'\`]?\\]?(?:\\s*:\\s*[A-Za-z][\\w.\\[\\] |]{0,30})?\\s{0,4}(?:===?|!==?|=>|:=|=|:|\\()\\s{0,4}[rbuRBU]?(["'\`])([^"'\`\\r\\n]{4,300})\\2`,
  "gi",
);
/** A line of a settings file: `NAME=value`, `name: value`. */
const BARE = new RegExp(
  `^[ \\t]*(?:export[ \\t]+|-[ \\t]+)?(${SECRET_NAME})[ \\t]*[:=][ \\t]*([^\\s"'\`#;]{6,200})[ \\t]*$`,
  "gim",
);
const SETTINGS_PATH = /(^|\/)\.env(\.|$)|\.(env|properties|ini|cfg|conf|toml|ya?ml|tfvars)$/i;
const PASSWORD_NAME = /pass|pwd/i;
/** Names of things about a secret that are none: `password_field`, `tokenUrl`. */
const ABOUT =
  /(field|name|url|uri|path|file|type|id|length|label|prompt|placeholder|regex|pattern|header|column|selector|param|input|count|limit|max|min|policy|expiry|expires?|ttl|format|msg|message|error|hint|text|title|class|endpoint|algorithm|algo)s?$/i;
const TOKEN_ENTROPY = 3;
const TOKEN_CHARS_MIN = 12;
const PASSWORD_ENTROPY = 2;

function* named(path: string, text: string): Generator<FoundSecret> {
  yield* namedBy(QUOTED, text, 3);
  if (SETTINGS_PATH.test(path)) yield* namedBy(BARE, text, 2);
}

function* namedBy(pattern: RegExp, text: string, group: number): Generator<FoundSecret> {
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const name = match[1] ?? "";
    const value = match[group] ?? "";
    if (ABOUT.test(name) || !isSecretValue(name, value)) continue;
    const start = match.index + match[0].lastIndexOf(value);
    const isPassword = PASSWORD_NAME.test(name);
    const kind = isPassword ? "password" : "key";
    const confidence = looksRandom(value) ? "high" : "medium";
    yield {
      kind: `hardcoded-${kind}`,
      name: isPassword ? "A password" : "A key",
      start,
      end: start + value.length,
      confidence,
    };
  }
}

function isSecretValue(name: string, value: string): boolean {
  if (/\s/.test(value) || isPlaceholder(value) || value.toLowerCase() === name.toLowerCase()) return false;
  // An address, a path, a name of a variable or a property, a call, a class of a page.
  if (/^(?:https?:|[./~]|[a-z]+:\/\/)|[(){}<>[\]]|^\$|%\(/.test(value)) return false;
  if (/^[a-z]+(?:[._-][a-z]+)*$/i.test(value) && !PASSWORD_NAME.test(name)) return false;
  // `pass` alone is also what a test does, and a ticket.
  if (/(?:^|[_.-])pass$/i.test(name) && /^[a-z]*$/i.test(value)) return false;
  if (PASSWORD_NAME.test(name))
    return saidEntropy(value) >= PASSWORD_ENTROPY && !/^[a-z]+(?:[._][a-z]+)+$/i.test(value);
  return value.length >= TOKEN_CHARS_MIN && saidEntropy(value) >= TOKEN_ENTROPY && /\d/.test(value);
}

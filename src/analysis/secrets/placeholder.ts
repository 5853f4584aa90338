const WORDS =
  /example|sample|placeholder|change_?me|replace|your[_-]|<.*>|dummy|fake|redacted|x{4,}|\*{3,}|\.{3}|to_?do|insert|my[_-]?(?:secret|password|token|key)|undefined|null|none|localhost|lorem|foobar|deadbeef|0{8,}|\bsecret\b$|notasecret|not[_-]a[_-]/i;
const SEQUENCES = /0123456789|1234567|abcdefgh|qwerty|abc123/i;
/** What is put in later. */
const TEMPLATE = /\$\{|\{\{|%[sd(]|<%|\$\(|^\$[A-Z_]+$|process\.env|os\.environ|getenv|ENV\[/;
const SAME_CHARS_MAX = 0.6;

/** Whoever wrote it meant: here stands a secret. */
export function isPlaceholder(secret: string): boolean {
  if (WORDS.test(secret) || SEQUENCES.test(secret) || TEMPLATE.test(secret)) return true;
  const counts = new Map<string, number>();
  for (const char of secret) counts.set(char, (counts.get(char) ?? 0) + 1);
  return Math.max(...counts.values()) / secret.length > SAME_CHARS_MAX;
}

/** Bits a character by how often each one stands there. */
export function saidEntropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}

const RANDOM_CHARS_MIN = 16;
const RANDOM_ENTROPY = 3.5;
const RUN_OF_LETTERS = /[a-z]{6,}/i;

/** Nobody writes so by hand. */
export function looksRandom(text: string): boolean {
  if (text.length < RANDOM_CHARS_MIN || saidEntropy(text) < RANDOM_ENTROPY) return false;
  return /\d/.test(text) && /[a-z]/i.test(text) && !RUN_OF_LETTERS.test(text);
}

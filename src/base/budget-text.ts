/** What may be spent, as people write it. */
export const BUDGET = /^\s*(?:\$\s*)?(\d+(?:\.\d+)?)\s*(usd|\$|dollars?|k|m|tokens?)?\s*$/i;

const TIMES: Readonly<Record<string, number>> = { k: 1_000, m: 1_000_000 };

/** "2usd", "$2" and "2" are dollars, "200k", "1m" and "5000 tokens" are tokens. */
export function readBudget(text: string): { readonly usd: number } | { readonly tokens: number } {
  const [, digits = "0", unit = ""] = BUDGET.exec(text) ?? [];
  const word = unit.toLowerCase();
  const isTokens = word in TIMES || word.startsWith("token");
  return isTokens ? { tokens: Math.round(Number(digits) * (TIMES[word] ?? 1)) } : { usd: Number(digits) };
}

// What answers cost. A price that nobody knows is no price of nothing.

import type { Usage } from "./model-client.ts";
import type { ModelsFile } from "./models-file.ts";

export const NANO = 1_000_000_000;
const MILLION = 1_000_000;
const LIBRARY = "genai-prices 0.1.8";
/** Names of providers there. */
const NAMES: Readonly<Record<string, string>> = { xai: "x-ai" };
/** What runs on the user's own machine. */
const OWN = ["ollama", "lmstudio", "vllm"];

/** Dollars for one token. */
export interface Price {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly source: string;
}

export async function priceOf(provider: string, model: string, file: ModelsFile): Promise<Price | undefined> {
  const own = file.prices[`${provider}:${model}`] ?? file.prices[model] ?? file.prices[provider];
  if (own === "free" || (own === undefined && OWN.includes(provider))) {
    return { input: 0, cached: 0, output: 0, source: own === undefined ? "own machine" : "models.yaml" };
  }
  if (own) {
    const { input, output, cached = input } = own;
    return { input: input / MILLION, cached: cached / MILLION, output: output / MILLION, source: "models.yaml" };
  }
  const { calcPrice } = await import("@pydantic/genai-prices");
  const providerId = NAMES[provider] ?? provider;
  const priceFor = (usage: Parameters<typeof calcPrice>[0]) => calcPrice(usage, model, { providerId });
  // Of a thousand: where the price grows with the length of what is asked, this is the price of what is short.
  const fresh = priceFor({ input_tokens: 1_000, output_tokens: 1_000 });
  if (!fresh) return undefined;
  const cached = priceFor({ input_tokens: 1_000, cache_read_tokens: 1_000, output_tokens: 0 });
  return {
    input: fresh.input_price / 1_000,
    cached: (cached?.input_price ?? fresh.input_price) / 1_000,
    output: fresh.output_price / 1_000,
    source: LIBRARY,
  };
}

/** In billionths of a dollar; what the provider itself says wins. */
export function costOf({ input = 0, cached = 0, output = 0, cost }: Usage, price: Price | undefined): number | null {
  if (cost !== undefined) return Math.round(cost * NANO);
  if (!price) return null;
  const fresh = Math.max(0, input - cached);
  return Math.round((fresh * price.input + cached * price.cached + output * price.output) * NANO);
}

/** A guess, for what nobody has counted. */
export function tokensOf(chars: number): number {
  return Math.ceil(chars / 4);
}

import { expect, test } from "bun:test";
import type { ModelsFile } from "../../../src/agents/models-file.ts";
import { costOf, priceOf } from "../../../src/agents/prices.ts";

const file = (prices: ModelsFile["prices"] = {}): ModelsFile => ({ tiers: {}, providers: {}, prices, search: {} });

test("a known model has a price with its source, cached input a lower one", async () => {
  const price = await priceOf("anthropic", "claude-opus-5-5", file());

  expect(price?.source).toMatch(/^genai-prices \d/);
  expect(price?.input).toBeGreaterThan(0);
  expect(price?.output).toBeGreaterThan(price?.input ?? Infinity);
  expect(price?.cached).toBeLessThan(price?.input ?? 0);
});

test("the user's price wins, and nobody's price is none", async () => {
  expect(await priceOf("xai", "grok-4.6", file({ xai: { input: 2, output: 10 } }))).toEqual({
    input: 2e-6,
    cached: 2e-6,
    output: 1e-5,
    source: "models.yaml",
  });
  expect(await priceOf("openai", "a-model-of-tomorrow", file())).toBeUndefined();
  expect((await priceOf("ollama", "llama", file()))?.output).toBe(0);
});

test("what an answer costs is counted in billionths, and unknown where there is no price", () => {
  const price = { input: 1e-6, cached: 1e-7, output: 1e-5, source: "x" };

  expect(costOf({ input: 100, cached: 40, output: 10 }, price)).toBe(60_000 + 4_000 + 100_000);
  expect(costOf({ input: 100, cached: 0, output: 10 }, undefined)).toBeNull();
  expect(costOf({ input: 100, cached: 0, output: 10, cost: 0.5 }, undefined)).toBe(500_000_000);
});

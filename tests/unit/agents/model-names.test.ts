import { expect, test } from "bun:test";
import { knownModels, providersAtHand } from "../../../src/agents/model-names.ts";
import type { ModelsFile } from "../../../src/agents/models-file.ts";
import { AppError } from "../../../src/base/errors.ts";

const EMPTY: ModelsFile = { tiers: {}, providers: {}, prices: {}, search: {} };

function named(asked: string[], file: Partial<ModelsFile>, env: Record<string, string> = {}): string[] | string {
  try {
    return knownModels(asked, "balanced", { ...EMPTY, ...file }, env).map(
      ({ provider, model }) => `${provider}:${model}`,
    );
  } catch (cause) {
    if (!(cause instanceof AppError)) throw cause;
    return `${cause.message} | ${cause.hint}`;
  }
}

test("a kind of work is a model of the first provider with a key, or what the user's file says", () => {
  expect(named(["smart"], {}, { XAI_API_KEY: "k" })).toEqual(["xai:grok-4.6"]);
  expect(
    named(["smart"], { tiers: { smart: ["openai:one", "xai"] } }, { XAI_API_KEY: "k", OPENAI_API_KEY: "k" }),
  ).toEqual(["openai:one", "xai:grok-4.6"]);
});

test("a provider is its model for that kind of work, and provider:model is that model", () => {
  expect(named(["anthropic", "openai:gpt-x"], {}, { ANTHROPIC_API_KEY: "k", OPENAI_API_KEY: "k" })).toEqual([
    "anthropic:claude-sonnet-5",
    "openai:gpt-x",
  ]);
  expect(named(["openrouter:meta/llama:free"], {}, { OPENROUTER_API_KEY: "k" })).toEqual([
    "openrouter:meta/llama:free",
  ]);
});

test("of a list those without a key are left out, and alone one says which variable to set", () => {
  expect(named(["xai", "openai:o"], {}, { OPENAI_API_KEY: "k" })).toEqual(["openai:o"]);
  expect(named(["xai"], {})).toContain("Set XAI_API_KEY");
  expect(named(["smart"], {})).toContain("Set ANTHROPIC_API_KEY");
});

test("what there is not is told with what was meant", () => {
  expect(named(["antropic"], {})).toBe("there is no provider antropic | Did you mean anthropic?");
  expect(named(["ollama"], { providers: { ollama: {} } })).toContain("it is not said which of its models");
});

test("a provider of one's own is reached at its address, and needs no key", () => {
  const providers = { home: { url: "http://127.0.0.1:1/v1", models: { balanced: "qwen" } } };

  expect(named(["home"], { providers })).toEqual(["home:qwen"]);
  expect(named(["home:other"], { providers })).toEqual(["home:other"]);
  expect(named(["home:x"], { providers: { home: {} } })).toContain("its address is not said");
  expect(providersAtHand({ ...EMPTY, providers }, { GROQ_API_KEY: "k" })).toEqual(["home", "groq"]);
});

test("a key may stand in the file, in its variable, or in another one", () => {
  const key = (providers: ModelsFile["providers"], env: Record<string, string>) =>
    knownModels(["xai"], "fast", { ...EMPTY, providers }, env)[0]?.key;

  expect(key({ xai: { key: "in-file" } }, { XAI_API_KEY: "in-env" })).toBe("in-file");
  expect(key({}, { XAI_API_KEY: "in-env" })).toBe("in-env");
  expect(key({ xai: { key_env: "WORK_KEY" } }, { XAI_API_KEY: "other", WORK_KEY: "work" })).toBe("work");
});

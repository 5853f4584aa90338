// Every provider, once: where its key stands, how its models are reached, which of them do which kind of work.
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { wireFetch } from "./wire-words.ts";

/** Kinds of work that a model may be asked for instead of a model. */
export const TIERS = ["fast", "balanced", "smart"] as const;
export type Tier = (typeof TIERS)[number];

export interface Access {
  readonly key: string | undefined;
  readonly url: string | undefined;
  readonly model: string;
}

export interface Provider {
  /** Variables that may hold the key, the first is the one to name. */
  readonly keys: readonly string[];
  /** For those that need none. */
  readonly isKeyless?: boolean;
  /** Where they answer, for those that say it nowhere else. */
  readonly url?: string;
  /** Where it says which models it has, below its address; and how it is told the key. */
  readonly check: { readonly url: string; readonly header?: string };
  readonly models?: Readonly<Record<Tier, string>>;
  /** What its own search of the web is called, for a model that can search beside other tools. */
  search?(model: string): `${string}.${string}` | undefined;
  load(access: Access): Promise<LanguageModelV4>;
}

const settings = ({ key, url }: Access) => ({
  fetch: wireFetch as typeof fetch,
  ...(key === undefined ? {} : { apiKey: key }),
  ...(url === undefined ? {} : { baseURL: url }),
});

const compatible =
  (name: string) =>
  async (access: Access): Promise<LanguageModelV4> => {
    const { createOpenAICompatible } = await import("@ai-sdk/openai-compatible");
    const own = { name, includeUsage: true, ...settings(access), baseURL: access.url ?? "" };
    return createOpenAICompatible(own)(access.model);
  };

const rows = {
  anthropic: {
    keys: ["ANTHROPIC_API_KEY"],
    check: { url: "https://api.anthropic.com/v1/models", header: "x-api-key" },
    models: { fast: "claude-haiku-4-5", balanced: "claude-sonnet-5", smart: "claude-opus-5-5" },
    search: () => "anthropic.web_search_20250305",
    load: async (access) => (await import("@ai-sdk/anthropic")).createAnthropic(settings(access))(access.model),
  },
  openai: {
    keys: ["OPENAI_API_KEY"],
    check: { url: "https://api.openai.com/v1/models" },
    models: { fast: "gpt-5.4-mini", balanced: "gpt-5.5", smart: "gpt-5.5-pro" },
    search: () => "openai.web_search",
    load: async (access) => (await import("@ai-sdk/openai")).createOpenAI(settings(access))(access.model),
  },
  xai: {
    keys: ["XAI_API_KEY"],
    check: { url: "https://api.x.ai/v1/models" },
    models: { fast: "grok-4-1-fast-reasoning", balanced: "grok-4.5", smart: "grok-4.6" },
    search: () => "xai.web_search",
    load: async (access) => (await import("@ai-sdk/xai")).createXai(settings(access))(access.model),
  },
  google: {
    keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"],
    check: { url: "https://generativelanguage.googleapis.com/v1beta/models", header: "x-goog-api-key" },
    models: { fast: "gemini-3.5-flash-lite", balanced: "gemini-3.8-flash", smart: "gemini-3.1-pro-preview" },
    // Older ones do not take it together with tools of ours.
    search: (model) => (/^gemini-[3-9]/.test(model) ? "google.google_search" : undefined),
    load: async (access) => (await import("@ai-sdk/google")).createGoogle(settings(access))(access.model),
  },
  mistral: {
    keys: ["MISTRAL_API_KEY"],
    check: { url: "https://api.mistral.ai/v1/models" },
    models: { fast: "mistral-small-latest", balanced: "mistral-medium-latest", smart: "mistral-large-latest" },
    load: async (access) => (await import("@ai-sdk/mistral")).createMistral(settings(access))(access.model),
  },
  groq: {
    keys: ["GROQ_API_KEY"],
    check: { url: "https://api.groq.com/openai/v1/models" },
    models: { fast: "openai/gpt-oss-20b", balanced: "openai/gpt-oss-120b", smart: "openai/gpt-oss-120b" },
    load: async (access) => (await import("@ai-sdk/groq")).createGroq(settings(access))(access.model),
  },
  cohere: {
    keys: ["COHERE_API_KEY", "CO_API_KEY"],
    check: { url: "https://api.cohere.com/v1/models" },
    models: { fast: "command-r7b", balanced: "command-a", smart: "command-a" },
    load: async (access) => (await import("@ai-sdk/cohere")).createCohere(settings(access))(access.model),
  },
  perplexity: {
    keys: ["PERPLEXITY_API_KEY"],
    check: { url: "https://api.perplexity.ai/models" },
    models: { fast: "sonar", balanced: "sonar-pro", smart: "sonar-reasoning-pro" },
    load: async (access) => (await import("@ai-sdk/perplexity")).createPerplexity(settings(access))(access.model),
  },
  deepseek: {
    keys: ["DEEPSEEK_API_KEY"],
    check: { url: "https://api.deepseek.com/models" },
    models: { fast: "deepseek-v4-flash", balanced: "deepseek-v4-flash", smart: "deepseek-v4-pro" },
    load: async (access) => (await import("@ai-sdk/deepseek")).createDeepSeek(settings(access))(access.model),
  },
  openrouter: {
    keys: ["OPENROUTER_API_KEY"],
    url: "https://openrouter.ai/api/v1",
    check: { url: "https://openrouter.ai/api/v1/key" },
    models: {
      fast: "openai/gpt-5.4-mini",
      balanced: "anthropic/claude-sonnet-5",
      smart: "anthropic/claude-opus-5.5",
    },
    load: compatible("openrouter"),
  },
  ollama: {
    keys: ["OLLAMA_API_KEY"],
    isKeyless: true,
    url: "http://127.0.0.1:11434/v1",
    check: { url: "http://127.0.0.1:11434/v1/models" },
    load: compatible("ollama"),
  },
  lmstudio: {
    keys: ["LMSTUDIO_API_KEY"],
    isKeyless: true,
    url: "http://127.0.0.1:1234/v1",
    check: { url: "http://127.0.0.1:1234/v1/models" },
    load: compatible("lmstudio"),
  },
  vllm: {
    keys: ["VLLM_API_KEY"],
    isKeyless: true,
    url: "http://127.0.0.1:8000/v1",
    check: { url: "http://127.0.0.1:8000/v1/models" },
    load: compatible("vllm"),
  },
} as const satisfies Record<string, Provider>;

/** Those that are known. */
export type ProviderKind = keyof typeof rows;
export const PROVIDERS: Readonly<Record<string, Provider>> = rows;

/** What a provider of the user's own is reached by when it is none of the table. */
export function compatibleProvider(name: string): Provider {
  return {
    keys: [`${name.toUpperCase()}_API_KEY`],
    isKeyless: true,
    check: { url: "" },
    load: compatible(name),
  };
}

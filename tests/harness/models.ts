// Models that answer on loopback, in the protocols of their providers.
import { writeFileSync } from "node:fs";
import { LLMock } from "@copilotkit/aimock";
import type { ProviderKind } from "../../src/agents/provider-table.ts";
import { sampleOf } from "./sample.ts";

/** Where each provider's protocol begins at the mock. */
const PATHS: Readonly<Partial<Record<ProviderKind, string>>> = {
  anthropic: "/v1",
  openai: "/v1",
  xai: "/v1",
  google: "/v1beta",
  mistral: "/v1",
  groq: "/v1",
  cohere: "/v2",
  perplexity: "/v1",
  deepseek: "/v1",
  openrouter: "/v1",
  ollama: "/v1",
};

export interface MockModels extends AsyncDisposable {
  readonly mock: LLMock;
  /** The text of a models.yaml whose providers are all here. */
  readonly file: string;
  urlOf(provider: ProviderKind): string;
  /** Writes that file. */
  writeFile(path: string, more?: string): void;
}

/** The key that they are asked with: it must be found nowhere afterwards. */
export const MOCK_KEY = "key-of-the-tests-0123456789";

export async function mockModels(): Promise<MockModels> {
  const mock = new LLMock({ port: 0 });
  await mock.start();
  const providers = Object.entries(PATHS).map(
    ([name, path]) =>
      `  ${name}: { url: "${mock.url}${path}", key: ${MOCK_KEY}, models: { balanced: model-b, fast: model-f, smart: model-s } }`,
  );
  const tiers = ["fast", "balanced", "smart"].map((tier) => `  ${tier}: openai:model-${tier}`);
  const prices = "prices:\n  openai: { input: 1, output: 2 }\n  anthropic: { input: 3, output: 15 }";
  const file = `tiers:\n${tiers.join("\n")}\nproviders:\n${providers.join("\n")}\n${prices}\n`;
  return {
    mock,
    file,
    urlOf: (provider) => `${mock.url}${PATHS[provider] ?? ""}`,
    writeFile: (path, more = "") => writeFileSync(path, file + more, { mode: 0o600 }),
    [Symbol.asyncDispose]: async () => {
      await mock.stop();
    },
  };
}

interface Asked {
  readonly messages: readonly { readonly role: string; readonly content: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: object } }[];
}

/** Has every model do what it is asked: the tool `answer`, JSON of the form, or a text. */
export function answerAll(mock: LLMock, text = "A text of the model.", pace: { latency?: number } = {}): void {
  const answer = (request: unknown) => {
    const { messages, tools = [] } = request as unknown as Asked;
    const hand = tools.find(({ function: { name } }) => name === "answer");
    if (hand) {
      const value = JSON.stringify(sampleOf(hand.function.parameters as Record<string, unknown>));
      return { toolCalls: [{ name: "answer", arguments: value }] };
    }
    const said = messages
      .map(({ content }) => (typeof content === "string" ? content : JSON.stringify(content)))
      .join("\n");
    const form = /JSON of this form: (\{.*\})/.exec(said)?.[1];
    return { content: form ? JSON.stringify(sampleOf(JSON.parse(form))) : text };
  };
  mock.on({}, answer, pace);
}

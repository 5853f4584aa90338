// The user's own file of models: `models.yaml` beside the settings. A project has no say in it.
import { z } from "zod";
import { MODEL_CHARS_MAX, MODELS_MAX, PATH_CHARS_MAX, URL_CHARS_MAX, WORD_CHARS_MAX } from "../base/limits.ts";
import { UserFile } from "../config/user-file.ts";
import { TIERS } from "./provider-table.ts";

const KEY_CHARS_MAX = 1_000;

const ProviderName = z
  .string()
  .max(WORD_CHARS_MAX)
  .regex(/^[a-z_]+$/, "expected a provider's name: small letters and _");
const ModelName = z.string().min(1).max(MODEL_CHARS_MAX);
const Models = z.union([ModelName, z.array(ModelName).min(1).max(MODELS_MAX)], {
  error: "expected a model like anthropic:claude-sonnet-5, or a list of them",
});
const Url = z
  .string()
  .max(URL_CHARS_MAX)
  .regex(/^https?:\/\//, "expected http://… or https://…");
const Key = z.string().min(1).max(KEY_CHARS_MAX);
const Dollars = z.number().min(0).max(1_000_000);

export const ModelsFile = z.strictObject({
  tiers: z
    .strictObject(
      Object.fromEntries(TIERS.map((tier) => [tier, Models.optional()])) as Record<
        (typeof TIERS)[number],
        z.ZodOptional<typeof Models>
      >,
    )
    .default({})
    .describe("Which model does which kind of work; of a list the first that answers."),
  providers: z
    .record(
      ProviderName,
      z.strictObject({
        key: Key.optional(),
        key_env: z.string().max(WORD_CHARS_MAX).optional().describe("The variable that holds the key."),
        url: Url.optional(),
        models: z.partialRecord(z.enum(TIERS), ModelName).optional(),
        command: z
          .array(z.string().max(PATH_CHARS_MAX))
          .min(1)
          .max(MODELS_MAX)
          .optional()
          .describe("A program of yours that answers: it gets the prompt on stdin."),
      }),
    )
    .default({}),
  prices: z
    .record(
      ModelName,
      z.union([z.literal("free"), z.strictObject({ input: Dollars, output: Dollars, cached: Dollars.optional() })], {
        error: "expected free, or {input, output} in dollars per million tokens",
      }),
    )
    .default({}),
  search: z
    .strictObject({
      tavily: z.strictObject({ key: Key.optional(), url: Url.optional() }).optional(),
      brave: z.strictObject({ key: Key.optional(), url: Url.optional() }).optional(),
      exa: z.strictObject({ key: Key.optional(), url: Url.optional() }).optional(),
      searxng: z.strictObject({ url: Url }).optional(),
    })
    .default({})
    .describe("Where agents search the web."),
});
export type ModelsFile = z.output<typeof ModelsFile>;

const EMPTY: ModelsFile = { tiers: {}, providers: {}, prices: {}, search: {} };

export function modelsFile(path: string | undefined): UserFile<ModelsFile> {
  return new UserFile(path, { schema: ModelsFile, empty: EMPTY, docs: "docs/agents.md", holdsSecret: holdsKey });
}

function holdsKey({ providers, search }: ModelsFile): boolean {
  return [...Object.values(providers), ...Object.values(search)].some(
    (one) => one && "key" in one && one.key !== undefined,
  );
}

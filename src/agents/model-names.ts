// Which model is meant: `smart` for a kind of work, `anthropic` for a provider, `anthropic:claude-sonnet-5` for one model.
import { AppError } from "../base/errors.ts";
import { closest } from "../base/text.ts";
import type { ModelsFile } from "./models-file.ts";
import { compatibleProvider, PROVIDERS, type Provider, TIERS, type Tier } from "./provider-table.ts";

/** One model, with what it takes to ask it. */
export interface KnownModel {
  readonly provider: string;
  readonly model: string;
  readonly row: Provider;
  readonly key: string | undefined;
  readonly url: string | undefined;
  readonly command: readonly string[] | undefined;
}

type Env = Readonly<Record<string, string | undefined>>;

/** In the order in which they are asked. Those without a key are left out, unless there is no other. */
export function knownModels(asked: readonly string[], tier: Tier, file: ModelsFile, env: Env): KnownModel[] {
  const names = asked.flatMap((name) => expand(name, tier, file, env));
  const found = names.map(({ provider, model }) => knownModel(provider, model, file, env));
  const usable = found.filter((one) => "row" in one);
  if (usable.length > 0) return usable;
  const [first] = found;
  throw first && "message" in first ? first : noProvider();
}

interface Name {
  readonly provider: string;
  readonly model: string;
}

function expand(name: string, tier: Tier, file: ModelsFile, env: Env): Name[] {
  if (isTier(name)) {
    const own = file.tiers[name];
    if (own !== undefined) return [own].flat().flatMap((inner) => one(inner, name, file));
    const provider = providersAtHand(file, env)[0];
    if (provider === undefined) throw noProvider();
    return one(provider, name, file);
  }
  return one(name, tier, file);
}

export function isTier(name: string): name is Tier {
  return (TIERS as readonly string[]).includes(name);
}

function one(name: string, tier: Tier, file: ModelsFile): Name[] {
  const at = name.indexOf(":");
  const provider = at < 0 ? name : name.slice(0, at);
  const row = rowOf(provider, file);
  if (!row) throw unknownProvider(provider, file);
  const own = file.providers[provider];
  if (at >= 0) return [{ provider, model: name.slice(at + 1) }];
  const model = own?.models?.[tier] ?? own?.models?.balanced ?? row.models?.[tier];
  if (model !== undefined) return [{ provider, model }];
  if (own?.command) return [{ provider, model: own.command[0] ?? provider }];
  throw new AppError("invalid_input", `cannot use ${provider}: it is not said which of its models`, {
    hint: `Name one, like ${provider}:MODEL, or set providers.${provider}.models in models.yaml.`,
  });
}

function rowOf(provider: string, { providers }: ModelsFile): Provider | undefined {
  if (Object.hasOwn(PROVIDERS, provider)) return PROVIDERS[provider];
  return Object.hasOwn(providers, provider) ? compatibleProvider(provider) : undefined;
}

/** A model that can be asked, or why it cannot. */
function knownModel(provider: string, model: string, file: ModelsFile, env: Env): KnownModel | AppError {
  const own = file.providers[provider];
  const row = rowOf(provider, file);
  if (!row) return unknownProvider(provider, file);
  const key = keyOf(provider, file, env);
  const url = own?.url ?? row.url;
  if (!key && !row.isKeyless && !own?.command) return noKey(provider, row.keys[0] ?? "");
  if (row.isKeyless && url === undefined && !own?.command) {
    return new AppError("invalid_input", `cannot use ${provider}: its address is not said`, {
      hint: `Set providers.${provider}.url in models.yaml.`,
    });
  }
  return { provider, model, row, key, url, command: own?.command };
}

export function keyOf(provider: string, file: ModelsFile, env: Env): string | undefined {
  const own = file.providers[provider];
  const row = rowOf(provider, file);
  const names = own?.key_env === undefined ? (row?.keys ?? []) : [own.key_env];
  return own?.key ?? names.map((name) => env[name]).find((value) => value !== undefined && value !== "");
}

/** Those with a key, and those that the file names. */
export function providersAtHand(file: ModelsFile, env: Env): string[] {
  const named = Object.keys(file.providers).filter((name) => {
    const row = rowOf(name, file);
    return row?.isKeyless || file.providers[name]?.command || keyOf(name, file, env) !== undefined;
  });
  const keyed = Object.entries(PROVIDERS).filter(
    ([name, row]) => !row.isKeyless && keyOf(name, file, env) !== undefined,
  );
  return [...new Set([...named, ...keyed.map(([name]) => name)])];
}

function noKey(provider: string, variable: string): AppError {
  return new AppError("unauthorized", `cannot ask ${provider}: there is no key for it`, {
    hint: `Set ${variable}, or providers.${provider}.key in models.yaml; without any key, start the run with executor client.`,
  });
}

function noProvider(): AppError {
  return new AppError("unauthorized", "cannot ask a model: there is no key for any provider", {
    hint: "Set ANTHROPIC_API_KEY, OPENAI_API_KEY, XAI_API_KEY or another, or name a local one in models.yaml; without any key, start the run with executor client.",
  });
}

function unknownProvider(name: string, file: ModelsFile): AppError {
  const known = [...new Set([...Object.keys(PROVIDERS), ...Object.keys(file.providers)])];
  const near = closest(name, [...known, ...TIERS]);
  return new AppError("invalid_input", `there is no provider ${name}`, {
    hint: near ? `Did you mean ${near}?` : `There are ${known.join(", ")}, and the kinds of work ${TIERS.join(", ")}.`,
  });
}

import { isTier } from "../../agents/model-names.ts";
import type { Tier } from "../../agents/provider-table.ts";
import type { Json } from "../../base/json.ts";

/** A kind of work says which of a provider's models is meant, and is a model too: which one, the user's file says. */
export function askedModels(value: Json | undefined): { readonly models: string[]; readonly tier: Tier } {
  const texts = [value ?? []].flat().map(String);
  const models = texts.flatMap((text) => text.split(",").map((name) => name.trim())).filter((name) => name !== "");
  const tier = models.find(isTier) ?? "balanced";
  return { models: models.length > 0 ? models : [tier], tier };
}

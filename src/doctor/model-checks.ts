// Which models agents could be worked by; no key is ever shown, and nobody is asked.
import { join } from "node:path";
import { providersAtHand } from "../agents/model-names.ts";
import { modelsFile } from "../agents/models-file.ts";
import { AppError } from "../base/errors.ts";
import type { Check, CheckParts, Finding } from "./check.ts";

export function modelChecks({ runtime: { host }, config }: CheckParts): Check[] {
  const path = join(config.folders.config, "models.yaml");
  return [
    {
      group: "models",
      name: "providers",
      look: async (): Promise<Finding> => {
        try {
          const providers = providersAtHand(await modelsFile(path).now(), host.env);
          if (providers.length > 0) return { status: "ok", evidence: providers.join(", ") };
          const evidence = "no key is visible here: patterns of agents are worked by the client's own model";
          return {
            status: "note",
            evidence,
            fix: "Set a variable like ANTHROPIC_API_KEY, or write models.yaml (docs/agents.md).",
          };
        } catch (cause) {
          if (!(cause instanceof AppError)) throw cause;
          return { status: "problem", evidence: cause.message, fix: cause.hint };
        }
      },
    },
  ];
}

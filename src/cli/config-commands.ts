import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { redact } from "../base/redact.ts";
import type { Config } from "../config/load.ts";
import { setSetting, settingNamed } from "../config/set-setting.ts";
import { SETTING_KEYS } from "../config/settings.ts";
import { type Command, isSet } from "./command.ts";

const configList: Command = {
  words: ["config", "list"],
  summary: "Every setting with its value; with --origin also where it comes from.",
  flags: { origin: { kind: "boolean", help: "Show the file, variable or flag that set it." } },
  run: async ({ config }, input) => ({
    settings: SETTING_KEYS.map((key) => ({
      key,
      value: redact(config.settings[key] ?? "", key),
      ...(isSet(input, "origin") ? { origin: config.origins[key] ?? "default" } : {}),
    })),
    ...(config.warnings.length > 0 ? { warnings: config.warnings } : {}),
  }),
};

const configGet: Command = {
  words: ["config", "get"],
  summary: "One setting, and where it comes from.",
  positional: ["key"],
  run: async ({ config }, input) => {
    const key = settingNamed(input.values["key"]);
    return { key, value: redact(config.settings[key] ?? "", key), origin: config.origins[key] ?? "default" };
  },
};

const configSet: Command = {
  words: ["config", "set"],
  summary: "Writes one setting into your settings file; its comments stay.",
  positional: ["key", "value?"],
  flags: { remove: { kind: "boolean", help: "Take it out of the file." } },
  run: async ({ config }, input) => {
    const key = settingNamed(input.values["key"]);
    const { value } = input.values;
    const isRemoved = isSet(input, "remove");
    if ((value === undefined) !== isRemoved) {
      throw new AppError(
        "invalid_input",
        `cannot set ${key}: ${isRemoved ? "it was given a value, too" : "it was given no value"}`,
        {
          hint: `Write it like: cadre config set ${key} VALUE, or with --remove.`,
        },
      );
    }
    const file = userFile(config);
    await setSetting(file, key, value);
    const origin = config.origins[key];
    const isCovered = origin !== undefined && origin !== file;
    return {
      key,
      file,
      ...(value === undefined ? { removed: true } : { value }),
      ...(isCovered ? { covered_by: origin } : {}),
    };
  },
};

const configPath: Command = {
  words: ["config", "path"],
  summary: "The files and folders that settings and data lie in.",
  run: async ({ config, databasePath }) => ({
    settings: userFile(config),
    config_folder: config.folders.config,
    data_folder: config.folders.data,
    database: redact(databasePath),
  }),
};

function userFile({ settings, folders }: Config): string {
  return settings.config ?? join(folders.config, "config.yaml");
}

export const configCommands: readonly Command[] = [configList, configGet, configSet, configPath];

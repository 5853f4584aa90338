// Changes the user's own settings file, one setting at a time, and leaves the rest of it as they wrote it.
import { existsSync, readFileSync } from "node:fs";
import type { Document } from "yaml";
import { AppError } from "../base/errors.ts";
import { didYouMean, printable } from "../base/text.ts";
import { writePrivateFile } from "./private-file.ts";
import { flagName, SETTING_KEYS, type SettingKey, settingOf } from "./settings.ts";

/** They say where the file itself lies. */
const TOO_LATE: ReadonlySet<SettingKey> = new Set(["home", "data_dir", "config_dir", "config"]);

export function settingNamed(given: string | undefined): SettingKey {
  const key = SETTING_KEYS.find((one) => one === given || flagName(one) === given);
  if (key) return key;
  throw new AppError("invalid_input", `no setting ${printable(given ?? "was given")}`, {
    hint: didYouMean(given ?? "", SETTING_KEYS, "See them all with cadre config list."),
  });
}

/** Without a value it is taken out of the file. */
export async function setSetting(path: string, key: SettingKey, text: string | undefined): Promise<void> {
  if (TOO_LATE.has(key)) {
    throw new AppError("invalid_input", `cannot set ${key} in ${path}: it says where this very file lies`, {
      hint: `Give it with --${flagName(key)}, or in a variable.`,
    });
  }
  const { parse, parseDocument } = await import("yaml");
  const document: Document = parseDocument(existsSync(path) ? readFileSync(path, "utf8") : "");
  const [mistake] = document.errors;
  if (mistake) {
    throw new AppError("invalid_input", `cannot change ${path}: ${mistake.message.split("\n")[0]}`, {
      hint: "Mend the file first.",
    });
  }
  if (text === undefined) document.delete(key);
  else {
    const value = checked(key, text, parse);
    document.contents ??= document.createNode({});
    document.set(key, value);
  }
  writePrivateFile(path, isEmpty(document) ? "" : document.toString());
}

/** The last setting is gone, and no comment is left that would be lost with it. */
function isEmpty({ contents, commentBefore, comment }: Document): boolean {
  const hasItems = contents !== null && "items" in contents && contents.items.length > 0;
  return !hasItems && !commentBefore && !comment && !contents?.commentBefore && !contents?.comment;
}

/** As people write it in the file: a number is one, a list stays the text that it was given as. */
function checked(key: SettingKey, text: string, parse: (text: string) => unknown): unknown {
  const { schema, help } = settingOf(key);
  const result = schema.safeParse(text);
  if (!result.success) {
    throw new AppError(
      "invalid_input",
      `cannot set ${key}: ${printable(text)} is not valid (${result.error.issues[0]?.message})`,
      {
        hint: help,
      },
    );
  }
  const plain: unknown = /^(-?\d+|true|false)$/.test(text) ? parse(text) : text;
  return schema.safeParse(plain).success ? plain : text;
}

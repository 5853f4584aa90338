import { AppError } from "../base/errors.ts";
import { didYouMean } from "../base/text.ts";
import { flagName, SETTING_KEYS } from "../config/settings.ts";
import type { Command } from "./command.ts";

/** Of these commands, and of itself. */
export function completionsCommand(commands: readonly Command[]): Command {
  const command: Command = {
    words: ["completions"],
    summary: "A completion script for bash, zsh, fish or pwsh; its first line says how to put it to use.",
    positional: ["shell"],
    run: async ({ runtime }, input) => {
      const { completionScript, SHELLS } = await import("./completions.ts");
      const given = input.values["shell"] ?? "";
      const shell = SHELLS.find((one) => one === given);
      if (!shell) {
        throw new AppError("invalid_input", given === "" ? "no shell was given" : `no completions for ${given}`, {
          hint: didYouMean(given, SHELLS, `There are ${SHELLS.join(", ")}.`),
        });
      }
      const script = completionScript(shell, [...commands, command], ["json", "help", ...SETTING_KEYS.map(flagName)]);
      if (input.asJson) return { shell, script };
      await runtime.writeOut(script);
      return undefined;
    },
  };
  return command;
}

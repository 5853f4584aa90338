import { resolve } from "node:path";
import { AppError } from "../base/errors.ts";
import { type Command, isSet } from "./command.ts";

const workspaceList: Command = {
  words: ["workspace", "list"],
  summary: "Every project folder that has work, with how many tasks.",
  run: async ({ open }) => ({ workspaces: await (await open()).workspaces.list() }),
};

const workspaceMove: Command = {
  words: ["workspace", "move"],
  summary: "For a folder that was moved or renamed: its work follows.",
  positional: ["from", "to"],
  run: async ({ open, runtime }, input) => {
    const { workspaces } = await open();
    const { cwd } = runtime.host;
    const moved = await workspaces.move(folderOf(input.values["from"], cwd), folderOf(input.values["to"], cwd));
    return { id: moved.id, path: moved.path };
  },
};

const workspaceForget: Command = {
  words: ["workspace", "forget"],
  summary: "Deletes everything that was done in a folder; the folder itself is not touched.",
  positional: ["path"],
  flags: { yes: { kind: "boolean", help: "Do it: what is forgotten is only in the backups." } },
  run: async ({ open, runtime }, input) => {
    const path = folderOf(input.values["path"], runtime.host.cwd);
    if (!isSet(input, "yes")) {
      throw new AppError("invalid_input", `cannot forget ${path}: it was not confirmed`, {
        hint: `Keep a copy first with cadre db export FILE --workspace ${path}, then add --yes.`,
      });
    }
    const { id, path: forgotten } = await (await open()).workspaces.forget(path);
    return { id, path: forgotten, forgotten: true };
  },
};

/** A path of another system is taken as it is: its work may have come from there. */
function folderOf(path: string | undefined, cwd: string): string {
  if (!path) {
    throw new AppError("invalid_input", "no folder was given", { hint: "See them with cadre workspace list." });
  }
  return /^([A-Za-z]:[\\/]|[\\/])/.test(path) ? path : resolve(cwd, path);
}

export const workspaceCommands: readonly Command[] = [workspaceList, workspaceMove, workspaceForget];

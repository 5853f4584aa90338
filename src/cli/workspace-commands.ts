import type { Command } from "./command.ts";

export const workspaceCommands: readonly Command[] = [];

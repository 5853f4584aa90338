import type { Command } from "./command.ts";

export const dbCommands: readonly Command[] = [];

import { ensureToken, rotateToken, tokenPath } from "../config/token.ts";
import type { Command } from "./command.ts";

const tokenShow: Command = {
  words: ["token", "show"],
  summary: "The secret that HTTP callers send as Authorization: Bearer …; made when there is none.",
  run: async ({ config }) => ({ token: ensureToken(config.folders.data), file: tokenPath(config.folders.data) }),
};

const tokenRotate: Command = {
  words: ["token", "rotate"],
  summary: "Makes a new secret; the old one is worth nothing from then on.",
  run: async ({ config }) => ({ token: rotateToken(config.folders.data), file: tokenPath(config.folders.data) }),
};

export const tokenCommands: readonly Command[] = [tokenShow, tokenRotate];

// The user's own file of MCP servers whose tools agents may use: `tool-servers.yaml` beside the settings. A project has
// no say in it.
import { z } from "zod";
import { Duration } from "../base/duration.ts";
import {
  MODELS_MAX,
  NEEDS_MAX,
  PATH_CHARS_MAX,
  UPSTREAM_SERVERS_MAX,
  URL_CHARS_MAX,
  WORD_CHARS_MAX,
} from "../base/limits.ts";
import { UserFile } from "../config/user-file.ts";

const SECONDS_MAX_MS = 600_000;
const Text = z.string().max(PATH_CHARS_MAX);
const Server = z
  .strictObject({
    command: z.array(Text.min(1)).min(1).max(NEEDS_MAX).optional().describe("A program that speaks MCP on stdio."),
    env: z.record(z.string().max(WORD_CHARS_MAX), Text).optional().describe("Variables of that program."),
    url: z
      .string()
      .max(URL_CHARS_MAX)
      .regex(/^https?:\/\//, "expected http://… or https://…")
      .optional()
      .describe("Or a server that speaks MCP over HTTP."),
    headers: z.record(z.string().max(WORD_CHARS_MAX), Text).optional(),
    tools: z
      .array(z.string().max(WORD_CHARS_MAX))
      .max(MODELS_MAX * NEEDS_MAX)
      .optional()
      .describe("Only these; a * stands for anything. All, if not given."),
    timeout: z
      .string()
      .max(WORD_CHARS_MAX)
      .pipe(Duration)
      .refine((ms) => ms >= 1 && ms <= SECONDS_MAX_MS, "up to 10m")
      .optional(),
  })
  .refine(({ command, url }) => (command === undefined) !== (url === undefined), "expected either command or url");

export const ServersFile = z.strictObject({
  servers: z
    .record(
      z
        .string()
        .max(WORD_CHARS_MAX)
        .regex(/^[a-z][a-z0-9_]*$/, "expected small letters, digits and _"),
      Server,
    )
    .refine(
      (servers) => Object.keys(servers).length <= UPSTREAM_SERVERS_MAX,
      `more than ${UPSTREAM_SERVERS_MAX} servers`,
    )
    .default({}),
});
export type ServersFile = z.output<typeof ServersFile>;
export type ServerSettings = z.output<typeof Server>;

export function serversFile(path: string | undefined): UserFile<ServersFile> {
  return new UserFile(path, {
    schema: ServersFile,
    empty: { servers: {} },
    docs: "docs/agents.md",
    holdsSecret: ({ servers }) =>
      Object.values(servers).some(({ env, headers }) => env !== undefined || headers !== undefined),
  });
}

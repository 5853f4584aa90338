// The entry shapes that clients share. An empty env or headers is left out: it says nothing.
import type { Json } from "../../base/json.ts";
import type { Entry } from "../edit/config-editor.ts";
import type { HttpLaunch, Shape, StdioLaunch } from "./client.ts";

type Extra = Readonly<Record<string, Json>>;

interface ShapeOptions {
  /** Before everything else, for the two kinds. */
  readonly stdio?: Extra;
  readonly http?: Extra;
  /** Behind everything else. */
  readonly both?: Extra;
  /** The word for the address; false where there is none. */
  readonly url?: string | false;
  readonly headers?: string | false;
}

/** `command`, `args`, `env`; `url`, `headers`. */
export function plain({
  stdio = {},
  http = {},
  both = {},
  url = "url",
  headers = "headers",
}: ShapeOptions = {}): Shape {
  const base = {
    stdio: ({ command, args, env }: StdioLaunch): Entry => ({
      ...stdio,
      command,
      args: [...args],
      ...unlessEmpty("env", env),
      ...both,
    }),
  };
  if (url === false) return base;
  return {
    ...base,
    http: (launch: HttpLaunch): Entry => ({
      ...http,
      [url]: launch.url,
      ...(headers === false ? {} : unlessEmpty(headers, launch.headers)),
      ...both,
    }),
  };
}

/** `type: stdio` or `type: http` at the head. */
export function typed(options: ShapeOptions = {}): Shape {
  return plain({ stdio: { type: "stdio" }, http: { type: "http" }, ...options });
}

/** The whole command line in one list, as opencode and Kilo have it. */
export const commandList: Shape = {
  stdio: ({ command, args, env }) => ({
    type: "local",
    command: [command, ...args],
    ...unlessEmpty("environment", env),
    enabled: true,
  }),
  http: ({ url, headers }) => ({ type: "remote", url, ...unlessEmpty("headers", headers), enabled: true }),
};

export const goose: Shape = {
  stdio: ({ command, args, env }, name) => ({
    name,
    cmd: command,
    args: [...args],
    envs: { ...env },
    env_keys: [],
    type: "stdio",
    enabled: true,
    timeout: 300,
    description: "",
  }),
  http: ({ url, headers }, name) => ({
    name,
    type: "streamable_http",
    uri: url,
    ...unlessEmpty("headers", headers),
    enabled: true,
    timeout: 300,
  }),
};

/** A list of entries that carry their names. */
export const named: Shape = {
  stdio: ({ command, args, env }, name) => ({ name, command, args: [...args], ...unlessEmpty("env", env) }),
  http: ({ url }, name) => ({ name, type: "streamable-http", url }),
};

function unlessEmpty(key: string, record: Readonly<Record<string, string>>): Record<string, Json> {
  return Object.keys(record).length === 0 ? {} : { [key]: { ...record } };
}

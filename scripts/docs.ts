// Writes the parts of the docs that follow from the code: `bun scripts/docs.ts`, and with --check only looks
// whether they are up to date. A part stands between <!-- name --> and <!-- /name -->; some files are made whole.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { ERROR_CODES } from "../src/base/errors.ts";
import { allCommands } from "../src/cli/commands.ts";
import { envName, flagName, SETTING_KEYS, settingOf } from "../src/config/settings.ts";
import { route } from "../src/http/rest.ts";
import { Metrics } from "../src/observe/metrics.ts";
import { CLIENTS } from "../src/setup/clients/all-clients.ts";
import type { Client, Place } from "../src/setup/clients/client.ts";
import { forSystem } from "../src/setup/machine.ts";
import { aliases } from "../src/tools/aliases.ts";
import { textKeys } from "../src/tools/from-text.ts";
import { tools } from "../src/tools/index.ts";
import { roleSchema } from "./role-schema.ts";

const root = new URL("../", import.meta.url);

const PARTS: Record<string, () => string> = {
  toolsets: toolsetTable,
  tools: toolTable,
  clients: clientTable,
  "tool-reference": toolReference,
  aliases: () =>
    table(
      ["old name", "stands for"],
      aliases.map((alias) => [code(alias.name), code(alias.aliasOf?.name ?? "")]),
    ),
  commands: () =>
    table(
      ["command", ""],
      allCommands([]).map(({ words, positional = [], summary }) => [
        code(["cadre", ...words, ...positional.map((name) => name.replace(/\?$/, "").toUpperCase())].join(" ")),
        summary,
      ]),
    ),
  settings: settingTable,
  errors: () =>
    table(
      ["code", "HTTP", "exit", "try again"],
      Object.entries(ERROR_CODES).map(([name, { http, exit, retry }]) => [
        code(name),
        `${http}`,
        `${exit}`,
        retry ? "yes" : "",
      ]),
    ),
  limits: limitTable,
  metrics: metricTable,
};

/** Files that no hand writes. */
const WHOLE: Readonly<Record<string, () => string>> = { "roles/role.schema.json": roleSchema };
const FILES = ["README.md", "docs/setup.md", "docs/tools.md", "docs/configuration.md", "docs/http.md"] as const;

function toolsetTable(): string {
  const sets = Object.entries(Object.groupBy(tools, ({ toolset }) => toolset));
  return table(
    ["toolset", "tools"],
    sets.map(([toolset, all = []]) => [code(toolset), all.map(({ name }) => code(name)).join(" ")]),
  );
}

/** Where each client keeps its file on Linux; what else moves it stands in its row. */
function clientTable(): string {
  const places = ({ user }: Client) => forSystem<readonly Place[]>(user, "linux") ?? [];
  // The file that the client would make itself, not one that counts only when it is there.
  const ownOf = (all: readonly Place[]) => all.find((place) => typeof place === "string") ?? all[0];
  const pathOf = (place: Place | undefined) =>
    (typeof place === "string" ? place : (place?.file ?? "")).replaceAll("{{name}}", "cadre");
  const words = { edited: "yes", asked: "when it is named", shown: "by hand" } as const;
  return table(
    ["client", "id", "set up", "file (Linux)", "project"],
    CLIENTS.map((client) => [
      client.name,
      code(client.id),
      words[client.way],
      client.way === "shown" && places(client).length === 0 ? "" : code(pathOf(ownOf(places(client)))),
      (client.project ?? []).map((path) => code(path.replaceAll("{{name}}", "cadre"))).join(" "),
    ]),
  );
}

function toolTable(): string {
  return table(
    ["tool", "toolset", "what it does"],
    tools.map(({ name, toolset, summary }) => [code(name), toolset, summary]),
  );
}

function toolReference(): string {
  return tools
    .map((tool) => {
      const { method, path } = route(tool);
      const rows = textKeys(tool).map(({ key, description, choices, isRequired, isOption }) => [
        code(isOption ? `options.${key}` : key),
        isRequired ? "yes" : "",
        [description, choices.length > 0 ? `One of ${choices.join(", ")}.` : ""]
          .filter((text) => text !== "")
          .join(" "),
      ]);
      return `### ${tool.name}\n\n${tool.summary}\n\n${code(`${method} ${path}`)} · ${code(`cadre ${tool.name.replaceAll("_", " ")}`)} · ${tool.effect}\n\n${table(["input", "required", ""], rows)}`;
    })
    .join("\n\n");
}

function settingTable(): string {
  return table(
    ["setting", "flag", "variable", "default", "a project's file may", ""],
    SETTING_KEYS.map((key) => {
      const { fallback, project, oldEnv = {}, help } = settingOf(key);
      const names = [envName(key), ...Object.keys(oldEnv)].map(code).join(" ");
      const may = { tighten: "take away", trusted: "set, once trusted", never: "" }[project];
      const shown =
        fallback === undefined || (Array.isArray(fallback) && fallback.length === 0) || fallback === ""
          ? ""
          : code(String(fallback));
      return [code(key), code(`--${flagName(key)}`), names, shown, may, help];
    }),
  );
}

/** Reads the source itself: the comment above each limit is its description. */
function limitTable(): string {
  const source = readFileSync(new URL("src/base/limits.ts", root), "utf8");
  const rows = [...source.matchAll(/\/\*\* (.+) \*\/\nexport const (\w+) = (.+);/g)];
  return table(
    ["limit", "value", ""],
    rows.map(([, text = "", name = "", value = ""]) => [code(name), code(value), text]),
  );
}

function metricTable(): string {
  const lines = new Metrics().text().split("\n");
  const rows = lines.flatMap((line) => {
    const [, name = "", help = ""] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    return name ? [[code(name), help]] : [];
  });
  return table(["metric", ""], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

function code(text: string): string {
  return `\`${text}\``;
}

/** The file's text with every part that it names made anew. */
function renewed(text: string, path: string): string {
  return text.replace(/<!-- ([\w-]+) -->[\s\S]*?<!-- \/\1 -->/g, (_whole, name: string) => {
    const part = PARTS[name];
    if (!part) throw new Error(`${path}: there is no part ${name}`);
    return `<!-- ${name} -->\n${part()}\n<!-- /${name} -->`;
  });
}

const isCheck = process.argv.includes("--check");
const stale: string[] = [];
for (const path of [...FILES, ...Object.keys(WHOLE)]) {
  const url = new URL(path, root);
  const text = existsSync(url) ? readFileSync(url, "utf8") : "";
  const next = WHOLE[path]?.() ?? renewed(text, path);
  if (next === text) continue;
  if (isCheck) stale.push(path);
  else writeFileSync(url, next);
}
if (stale.length > 0) {
  console.error(`out of date: ${stale.join(", ")}\n  → bun run docs`);
  process.exitCode = 1;
}

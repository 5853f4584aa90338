import { AppError } from "../base/errors.ts";
import { didYouMean } from "../base/text.ts";
import { TOOLSETS, type Tool } from "./tool.ts";

/** Which tools a caller gets. Undefined means: nobody said. */
export interface Filter {
  readonly toolsets?: readonly string[] | undefined;
  readonly tools?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly readOnly?: boolean | undefined;
}

/** What a model sees when nobody said anything: a small list costs it little. */
const LISTED_BY_DEFAULT: readonly string[] = ["session", "task", "code"];

/** May be called: every filter lets it pass. An old name passes where the tool that it stands for passes. */
export function allows(filters: readonly Filter[], tool: Tool): boolean {
  const names = tool.aliasOf ? [tool, tool.aliasOf] : [tool];
  return filters.every((filter) => {
    if (filter.readOnly && tool.effect !== "read") return false;
    if (names.some(({ name }) => filter.exclude?.includes(name))) return false;
    return !chooses(filter) || names.some((named) => isChosen(filter, named));
  });
}

/** Stands in a list. Old names are listed only where a filter chose them by their own toolset or by name. */
export function lists(filters: readonly Filter[], tool: Tool): boolean {
  if (!allows(filters, tool)) return false;
  const choosing = filters.filter(chooses);
  if (choosing.length === 0) return LISTED_BY_DEFAULT.includes(tool.toolset);
  return choosing.some((filter) => isChosen(filter, tool));
}

function chooses(filter: Filter): boolean {
  return filter.tools !== undefined || filter.toolsets !== undefined;
}

function isChosen(filter: Filter, tool: Tool): boolean {
  return (filter.tools?.includes(tool.name) || filter.toolsets?.includes(tool.toolset)) ?? false;
}

/** A misspelled name in a filter would quietly open or close the wrong door. */
export function checkFilter(filter: Filter, table: readonly Tool[]): Filter {
  const names = table.map(({ name }) => name);
  for (const name of [...(filter.tools ?? []), ...(filter.exclude ?? [])]) refuseUnknown("tool", name, names);
  for (const name of filter.toolsets ?? []) refuseUnknown("toolset", name, TOOLSETS);
  return filter;
}

/** More names than that are no hint. */
const NAMED_MAX = 20;
const MANY = "cadre --help lists them; all of them are there where nothing is said.";

function refuseUnknown(what: string, name: string, names: readonly string[]): void {
  if (names.includes(name)) return;
  throw new AppError("invalid_input", `no ${what} ${JSON.stringify(name)}`, {
    hint: didYouMean(name, names, names.length > NAMED_MAX ? MANY : `There are ${names.join(", ")}.`),
  });
}

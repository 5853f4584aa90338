import { expect, test } from "bun:test";
import { toMcpTool } from "../../src/mcp/projection.ts";
import { type Filter, lists } from "../../src/tools/filter.ts";
import { toolsAndAliases } from "../../src/tools/index.ts";
import { TOOLSETS } from "../../src/tools/tool.ts";
import { openTestApp } from "../harness/app.ts";
import { expectGolden } from "../harness/golden.ts";

/** A model reads about a token in four characters of JSON. */
const CHARS_PER_TOKEN = 4;
/** What sessions and tasks (1,900) and code_run (350) may weigh of the 2,500 tokens that the default list may at most. */
const DEFAULT_TOKENS_MAX = 2_250;
const DEFAULT_TOOLS_MAX = 16;
const PAGE_TOKENS_MAX = 600;

const listFor = (filter: Filter) => ({ tools: toolsAndAliases.filter((tool) => lists([filter], tool)).map(toMcpTool) });
const weight = (value: unknown) => Math.ceil(JSON.stringify(value).length / CHARS_PER_TOKEN);

test("tools/list of the default toolsets is what was promised, and light enough", () => {
  const list = listFor({});

  for (const tool of list.tools) console.info(`${String(weight(tool)).padStart(5)} tokens  ${tool.name}`);
  console.info(`${String(weight(list)).padStart(5)} tokens  in all, of ${DEFAULT_TOKENS_MAX}`);
  expectGolden("tools-list.json", list);
  expect(weight(list)).toBeLessThanOrEqual(DEFAULT_TOKENS_MAX);
  expect(list.tools.length).toBeLessThanOrEqual(DEFAULT_TOOLS_MAX);
  expect(list.tools.filter(({ outputSchema }) => outputSchema !== undefined)).toEqual([]);
});

test("tools/list of every toolset is what was promised", () => {
  const list = listFor({ toolsets: [...TOOLSETS] });

  expectGolden("tools-list-all.json", list);
  expect(list.tools).toHaveLength(toolsAndAliases.length);
});

test("a page of twenty tasks with counts and a cursor weighs at most 600 tokens", async () => {
  await using app = await openTestApp();
  const title = "Mend the parser's handling of nested quotes, again"; // Fifty characters.
  for (let at = 0; at < 40; at++) await app.tasks.create(app.workspace, { title });

  const page = await app.call("task_list", {});

  console.info(`${String(weight(page)).padStart(5)} tokens  a page of twenty tasks`);
  expect(page["cursor"]).toBeString();
  expect(weight(page)).toBeLessThanOrEqual(PAGE_TOKENS_MAX);
});

import { expect, test } from "bun:test";
import { allows, checkFilter, type Filter, lists } from "../../../src/tools/filter.ts";
import { toolsAndAliases } from "../../../src/tools/index.ts";
import { refusalOf } from "../../harness/errors.ts";
import {
  ADMIN_TOOLS as ADMIN,
  CODE_TOOLS as CODE,
  OLD_NAMES as OLD,
  SESSION_TOOLS as SESSION,
  TASK_TOOLS as TASK,
} from "../../harness/tool-names.ts";

const TOOLSETS = [undefined, [], ["task"], ["admin"], ["classic"], ["task", "classic"]];
const TOOLS = [undefined, [], ["task_show"], ["delete_task"], ["task_delete", "task_list"]];
const EXCLUDES = [undefined, ["task_delete"], ["delete_task"], ["task_list", "get_task"]];
const READ_ONLY = [undefined, false, true];

const FILTERS: readonly Filter[] = TOOLSETS.flatMap((toolsets) =>
  TOOLS.flatMap((tools) =>
    EXCLUDES.flatMap((exclude) => READ_ONLY.map((readOnly) => ({ toolsets, tools, exclude, readOnly }))),
  ),
);

const allowed = (...filters: readonly Filter[]) => toolsAndAliases.filter((tool) => allows(filters, tool));
const listed = (...filters: readonly Filter[]) => toolsAndAliases.filter((tool) => lists(filters, tool));
const names = (tools: readonly { readonly name: string }[]) => tools.map(({ name }) => name);

const OLD_SESSION = ["orchestrator_initialize_session", "orchestrator_synthesize_results", "orchestrator_get_status"];
const OLD_READS = [
  "orchestrator_synthesize_results",
  "orchestrator_get_status",
  "get_orchestration_status",
  "list_orchestrator_patterns",
  "list_registered_tools",
  "dreamwalker_status",
  "dreamwalker_patterns",
  "dreamwalker_list_tools",
  "list_tasks",
  "get_task",
  "get_task_graph",
  "get_recent_commits",
  "get_execution_history",
  "analyze_code_quality",
  "scan_security",
  "get_code_metrics",
  "get_analysis_results",
];
const OLD_RESEARCH = OLD.filter((name) =>
  /orchestrate_|orchestration|orchestrator_patterns|registered_tool|^dream/.test(name),
);
const OLD_OTHER = [...OLD_SESSION, ...OLD_RESEARCH];
const OLD_CODE = OLD.filter((name) => name.startsWith("execute_") || name === "get_execution_history");
const OLD_ANALYSIS = ["analyze_code_quality", "scan_security", "get_code_metrics", "get_analysis_results"];

test.each<[string, readonly Filter[], readonly string[]]>([
  ["nothing said", [], [...SESSION, ...TASK, ...CODE]],
  ["one toolset", [{ toolsets: ["admin"] }], ADMIN],
  ["single tools", [{ tools: ["role_show", "task_show"] }], ["task_show", "role_show"]],
  ["a toolset and a tool: both", [{ toolsets: ["admin"], tools: ["task_list"] }], ["task_list", ...ADMIN]],
  [
    "a toolset without one of it",
    [{ toolsets: ["admin"], exclude: ["task_delete"] }],
    ADMIN.filter((name) => name !== "task_delete"),
  ],
  [
    "only reading",
    [{ readOnly: true }],
    ["session_status", "session_synthesize", "task_list", "task_show", "task_graph", "code_analyze"],
  ],
  ["an old name", [{ tools: ["get_task"] }], ["get_task"]],
  ["the old names", [{ toolsets: ["classic"], readOnly: true }], [...OLD_READS]],
  ["an empty choice", [{ tools: [] }], []],
  ["two choices: what both let pass", [{ toolsets: ["task"] }, { tools: ["task_list", "role_list"] }], ["task_list"]],
  [
    "a project that takes away",
    [{ toolsets: ["classic"] }, { exclude: ["task_delete", "create_task"] }],
    OLD.filter((name) => name !== "delete_task" && name !== "create_task"),
  ],
  [
    "old names of what another filter chose",
    [{ toolsets: ["task"] }, { toolsets: ["classic"] }],
    OLD.filter((name) => name !== "delete_task" && ![...OLD_OTHER, ...OLD_CODE, ...OLD_ANALYSIS].includes(name)),
  ],
])("lists() with %s", (_what, filters, expected) => {
  expect(names(listed(...filters))).toEqual([...expected]);
});

test.each<[string, readonly Filter[], string, boolean]>([
  ["an old name is callable when nobody said anything", [], "create_task", true],
  ["a tool outside the default list is callable", [], "role_list", true],
  ["an old name passes where its tool's toolset does", [{ toolsets: ["task"] }], "create_task", true],
  ["an old name passes where its tool does", [{ tools: ["task_show"] }], "get_task", true],
  ["a tool does not pass where only its old name does", [{ tools: ["get_task"] }], "task_show", false],
  ["excluding a tool excludes its old names", [{ exclude: ["task_delete"] }], "delete_task", false],
  ["excluding an old name leaves the tool", [{ exclude: ["delete_task"] }], "task_delete", true],
  ["read-only wins over being chosen", [{ tools: ["create_task"], readOnly: true }], "create_task", false],
])("allows(): %s", (_what, filters, name, isAllowed) => {
  expect(names(allowed(...filters)).includes(name)).toBe(isAllowed);
});

test("allows() keeps its rules in every combination", () => {
  expect(FILTERS).toHaveLength(360);
  for (const filter of FILTERS) {
    const { toolsets, tools, exclude = [], readOnly } = filter;
    for (const tool of toolsAndAliases) {
      const known = tool.aliasOf ? [tool, tool.aliasOf] : [tool];
      const isChosen = known.some(({ name, toolset }) => tools?.includes(name) || toolsets?.includes(toolset));
      const isWanted =
        !(readOnly && tool.effect !== "read") &&
        !known.some(({ name }) => exclude.includes(name)) &&
        ((tools === undefined && toolsets === undefined) || isChosen);

      expect(allows([filter], tool), `${tool.name} with ${JSON.stringify(filter)}`).toBe(isWanted);
    }
  }
});

test("lists() is a part of what allows(), in every combination of one filter and of two", () => {
  for (const filter of FILTERS) {
    const single = new Set(names(allowed(filter)));
    expect(names(listed(filter)).every((name) => single.has(name))).toBe(true);

    for (const other of FILTERS.filter((_, at) => at % 7 === 0)) {
      const both = names(allowed(filter, other));
      const second = new Set(names(allowed(other)));
      expect(both).toEqual([...single].filter((name) => second.has(name)));
      expect(names(listed(filter, other)).every((name) => both.includes(name))).toBe(true);
    }
  }
});

test("checkFilter() passes what is there, and suggests what was meant by what is not", async () => {
  const good = { tools: ["task_list", "get_task"], exclude: ["role_list"], toolsets: ["task", "history"] };

  const tool = await refusalOf(() => checkFilter({ tools: ["task_lst"] }, toolsAndAliases));
  const excluded = await refusalOf(() => checkFilter({ exclude: ["task_delet"] }, toolsAndAliases));
  const toolset = await refusalOf(() => checkFilter({ toolsets: ["tusk"] }, toolsAndAliases));
  const far = await refusalOf(() => checkFilter({ toolsets: ["bananas"] }, toolsAndAliases));

  expect(checkFilter(good, toolsAndAliases)).toEqual(good);
  expect([tool, excluded, toolset].map(({ hint }) => hint)).toEqual([
    "Did you mean task_list?",
    "Did you mean task_delete?",
    "Did you mean task?",
  ]);
  expect(far).toMatchObject({ code: "invalid_input", hint: expect.stringContaining("admin") });
});

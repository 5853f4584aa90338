// A workflow as a picture: what waits for what, and how far it is.
import { mermaidText } from "../tasks/graph.ts";
import { TREE_STATUSES, type TreeStatus } from "./run-tree.ts";
import { kindOf, listsIn, type Step, type WorkflowFile } from "./workflow-file.ts";

/** Fill and border of each, readable on light and dark pages. */
const COLOURS: Readonly<Record<TreeStatus, string>> = {
  open: "fill:#e5e7eb,stroke:#6b7280,color:#111827",
  running: "fill:#bfdbfe,stroke:#2563eb,color:#111827",
  waiting: "fill:#fed7aa,stroke:#ea580c,color:#111827",
  completed: "fill:#bbf7d0,stroke:#16a34a,color:#111827",
  skipped: "fill:#f3f4f6,stroke:#9ca3af,color:#6b7280",
  failed: "fill:#fecaca,stroke:#dc2626,color:#111827",
};

/** An arrow leads from what is waited for to what waits. Steps inside a step stand in a box of its name. */
export function drawWorkflow(file: WorkflowFile, statusOf?: (step: string) => TreeStatus): string {
  const lines = listLines(file.steps, "  ", statusOf);
  const used = statusOf ? TREE_STATUSES.filter((status) => lines.some((line) => line.endsWith(`:::${status}`))) : [];
  return ["flowchart TD", ...lines, ...used.map((status) => `  classDef ${status} ${COLOURS[status]}`)].join("\n");
}

type StatusOf = ((step: string) => TreeStatus) | undefined;

function listLines(steps: readonly Step[], indent: string, statusOf: StatusOf): string[] {
  return steps.flatMap((step, at) => [...stepLines(step, indent, statusOf), ...arrows(step, steps[at - 1], indent)]);
}

function stepLines(step: Step, indent: string, statusOf: StatusOf): string[] {
  const status = statusOf ? `:::${statusOf(step.id)}` : "";
  const lists = listsIn(step);
  const node = `${nodeOf(step)}["${mermaidText(titleOf(step))}"]`;
  if (lists.length === 0) return [`${indent}${node}${status}`];
  const inner = lists.flatMap(({ path, steps }, at) => {
    const name = path.at(-1) ?? "";
    const isNamed = lists.length > 1 || step.parallel || step.switch;
    if (!isNamed) return listLines(steps, `${indent}  `, statusOf);
    return [
      `${indent}  subgraph ${nodeOf(step)}_${at}["${mermaidText(name)}"]`,
      ...listLines(steps, `${indent}    `, statusOf),
      `${indent}  end`,
    ];
  });
  return [`${indent}subgraph ${node}`, ...inner, `${indent}end`];
}

function arrows(step: Step, last: Step | undefined, indent: string): string[] {
  const needs = step.needs ?? (last ? [last.id] : []);
  const arrow = step.when === undefined ? "-->" : "-.->";
  return needs.map((name) => `${indent}s_${name} ${arrow} ${nodeOf(step)}`);
}

/** Some names mean something in a diagram. */
function nodeOf({ id }: Step): string {
  return `s_${id}`;
}

function titleOf(step: Step): string {
  const kind = kindOf(step);
  const more = {
    tool: step.tool?.name,
    code: step.code?.language,
    task: step.task?.role,
    map: step.map?.over,
    loop: step.loop && `at most ${step.loop.max} times`,
    run: step.run?.workflow,
    sleep: step.sleep,
    wait: step.wait?.signal,
  }[kind as string];
  return `${step.title ?? step.id} (${kind}${more ? ` ${more}` : ""})`;
}

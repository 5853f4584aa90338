// Row A27: each kind of project that cadre promises to plan has a template, and each makes a plan that can be worked.
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { parseDuration } from "../../../../src/base/duration.ts";
import { PlanItem } from "../../../../src/tasks/plan-item.ts";
import { topologicalOrder } from "../../../../src/tasks/plan-order.ts";
import { Roles } from "../../../../src/tasks/roles/roles.ts";
import { BUILT_IN_TEMPLATES, readHead } from "../../../../src/tasks/templates/template-built-in.ts";
import { textsOf } from "../../../../src/tasks/templates/template-check.ts";
import { isRequired, type TemplateFile } from "../../../../src/tasks/templates/template-file.ts";
import type { TemplatePlan } from "../../../../src/tasks/templates/template-plan.ts";
import { namesIn } from "../../../../src/tasks/templates/template-text.ts";
import { type Template, Templates } from "../../../../src/tasks/templates/templates.ts";
import { openTestApp } from "../../../harness/app.ts";

const KINDS = {
  "web app": "web-app",
  "REST API": "rest-api",
  "DB schema": "database-schema",
  DevOps: "devops",
  "ML pipeline": "ml-pipeline",
  "data analysis": "data-analysis",
  research: "research",
  "model integration": "model-integration",
  docs: "documentation",
  content: "content",
  "review/refactor": "review-and-refactor",
  "test strategy": "test-strategy",
} as const;

const NOWHERE = "/nowhere";
const templates = new Templates(undefined);
const roles = (await new Roles().list(NOWHERE)).roles.map(({ id }) => id);

/** What somebody gives who gives as little as possible. */
function leastValues({ parameters }: TemplateFile): Record<string, unknown> {
  const required = Object.entries(parameters).filter(([, one]) => isRequired(one));
  return Object.fromEntries(required.map(([name]) => [name, "a shop where people lend bicycles to each other"]));
}

/** The defaults, and every other thing that a switch, a choice or a list can say, one at a time. */
function variations(template: Template): Record<string, unknown>[] {
  const least = leastValues(template);
  const others = Object.entries(template.parameters).flatMap(([name, parameter]): Record<string, unknown>[] => {
    const { type, default: value, choices = [] } = parameter;
    if (type === "boolean") return [{ [name]: !value }];
    if (type === "choice") return choices.map((choice) => ({ [name]: choice }));
    return type === "list" ? [{ [name]: ["first", "second", "third"] }] : [];
  });
  const allOff = Object.entries(template.parameters).filter(([, { type }]) => type === "boolean");
  return [least, Object.fromEntries(allOff.map(([name]) => [name, false])), ...others].map((one) => ({
    ...least,
    ...one,
  }));
}

function edgesOf({ tasks }: TemplatePlan): { task_id: string; needs_id: string }[] {
  return tasks.flatMap(({ id = "", needs = [], after = [] }) =>
    [...needs, ...after].map((needed) => ({ task_id: id, needs_id: needed })),
  );
}

/** The tasks that can be reached from the first one, whichever way the needs point. */
function connected({ tasks }: TemplatePlan, edges: ReturnType<typeof edgesOf>): number {
  const open = [tasks[0]?.id ?? ""];
  const seen = new Set(open);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const { task_id, needs_id } of edges) {
      const other = task_id === id ? needs_id : needs_id === id ? task_id : undefined;
      if (other === undefined || seen.has(other)) continue;
      seen.add(other);
      open.push(other);
    }
  }
  return seen.size;
}

function longestChain({ tasks }: TemplatePlan, edges: ReturnType<typeof edgesOf>): number {
  const lengths = new Map<string, number>();
  for (const id of topologicalOrder(
    tasks.map((task) => task.id ?? ""),
    edges,
  )) {
    const needed = edges.filter(({ task_id }) => task_id === id).map(({ needs_id }) => lengths.get(needs_id) ?? 0);
    lengths.set(id, 1 + Math.max(0, ...needed));
  }
  return Math.max(...lengths.values());
}

test("every file in templates/ is a built-in template, and each kind of A27 has one", () => {
  const folder = join(import.meta.dirname, "..", "..", "..", "..", "src", "tasks", "templates", "built-in");
  const files = readdirSync(folder).map((name) => name.replace(/\.yaml$/, ""));

  expect([...BUILT_IN_TEMPLATES.keys()].sort()).toEqual(files.sort());
  expect(Object.values<string>(KINDS).sort()).toEqual(files);
});

describe.each(Object.entries(KINDS))("A27: %s", (_kind, id) => {
  test("needs at most one value, and makes 6 to 14 tasks of it", async () => {
    const template = await templates.show(NOWHERE, id);
    const values = leastValues(template);

    const plan = await templates.plan(NOWHERE, id, values);

    expect(Object.keys(values).length).toBeLessThanOrEqual(1);
    expect(Object.keys(template.parameters).length).toBeWithin(2, 6);
    expect(plan.tasks.length).toBeWithin(6, 15);
    expect(plan.title).toContain("bicycles");
    expect(plan.description).toContain("bicycles");
  });

  test("makes a valid plan whatever its switches, choices and lists say", async () => {
    for (const values of variations(await templates.show(NOWHERE, id))) {
      const plan = await templates.plan(NOWHERE, id, values);

      const ids = plan.tasks.map((task) => task.id ?? "");
      const edges = edgesOf(plan);
      const named = plan.tasks.flatMap(({ needs = [], after = [], related = [] }) => [...needs, ...after, ...related]);
      const about = JSON.stringify(values);
      expect(
        plan.tasks.map((task) => PlanItem.parse(task)),
        about,
      ).toEqual(plan.tasks);
      expect(new Set(ids).size, about).toBe(plan.tasks.length);
      expect(
        named.filter((name) => !ids.includes(name)),
        about,
      ).toEqual([]);
      expect(topologicalOrder(ids, edges), about).toHaveLength(plan.tasks.length);
      expect(connected(plan, edges), about).toBe(plan.tasks.length);
      expect(longestChain(plan, edges), "it is a graph, not a chain").toBeLessThan(plan.tasks.length - 1);
      expect(JSON.stringify(plan), about).not.toContain("{{");
    }
  });

  test("is stored by task_plan as it is", async () => {
    await using app = await openTestApp();
    const values = leastValues(await templates.show(NOWHERE, id));
    const { tasks } = await templates.plan(NOWHERE, id, values);

    const planned = await app.call("task_plan", { template: id, values });

    expect(planned["total"]).toBe(tasks.length);
  });

  test("says of every task who does it, what to do, what shows that it is done, and how large it is", async () => {
    const { tasks } = await templates.show(NOWHERE, id);

    for (const { title, role, description = "", acceptance = [], complexity, effort = "", tags = [] } of tasks) {
      expect(roles, title).toContain(role ?? "none");
      expect(description.length, title).toBeWithin(250, 900);
      expect(acceptance.length, title).toBeWithin(2, 5);
      expect(complexity, title).toBeString();
      expect(parseDuration(effort), title).toBeGreaterThan(0);
      expect(tags.length, title).toBeGreaterThan(0);
    }
    expect(tasks.some(({ tags }) => tags?.includes("integration"))).toBe(true);
    expect(tasks.some(({ role, tags }) => role === "documenter" || tags?.includes("documentation"))).toBe(true);
  });

  test("uses every one of its parameters", async () => {
    const template = await templates.show(NOWHERE, id);
    const texts = [template.title, template.goal ?? "", ...template.tasks.flatMap(textsOf).map(([, text]) => text)];
    const words = template.tasks.flatMap(({ when = "", each = "" }) => [when.split(/!?=/)[0], each]);
    const used = new Set([...texts.flatMap(namesIn), ...words]);

    expect(Object.keys(template.parameters).filter((name) => !used.has(name))).toEqual([]);
  });

  test("is in the list as its whole text says", async () => {
    const { name, description, parameters, tasks } = await templates.show(NOWHERE, id);

    const head = await readHead(BUILT_IN_TEMPLATES.get(id) ?? "");

    expect(head).toEqual({ name, description, parameters, tasks: tasks.length });
  });
});

test("no two built-in templates share a sentence of what to do", async () => {
  const whole = await Promise.all(Object.values(KINDS).map((id) => templates.show(NOWHERE, id)));
  const lines = whole.flatMap(({ tasks }) =>
    tasks.flatMap(({ description = "", acceptance = [] }) => [description, ...acceptance]),
  );

  expect(lines.filter((line, at) => lines.indexOf(line) !== at)).toEqual([]);
});

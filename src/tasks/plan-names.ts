// What a plan's tasks call each other. A model names what a task waits for by title, by the plan's own id for it,
// or by the id of a task that is there already.
import { AppError } from "../base/errors.ts";
import { closest } from "../base/text.ts";
import type { Need } from "../store/tasks.ts";
import type { PlanItem } from "./plan-item.ts";
import { NEED_LIST_NAMES, NEED_LISTS } from "./task-needs.ts";

/** A task that stands in the project already and can be named. */
export interface Known {
  readonly id: string;
  readonly title: string;
}

/** A task of the plan with the id that it gets. */
export interface Planned {
  readonly id: string;
  readonly item: PlanItem;
}

/** Every name that a plan uses, to look up at once which tasks of the project it may mean. */
export function namesIn(items: readonly PlanItem[]): string[] {
  return [...new Set(items.flatMap((item) => NEED_LIST_NAMES.flatMap((list) => item[list] ?? [])))];
}

/** Names turned into edges. Every name that means nothing, or two things, is refused, all of them at once. */
export function resolveNeeds(planned: readonly Planned[], known: readonly Known[]): Need[] {
  const names = new Names(planned, known);
  const problems: string[] = [];
  const edges = planned.flatMap(({ id, item }) =>
    NEED_LIST_NAMES.flatMap((list) =>
      (item[list] ?? []).flatMap((name) => {
        const found = names.find(name, item.title);
        if ("problem" in found) problems.push(`"${item.title}" names "${name}", ${found.problem}`);
        if (!("id" in found)) return [];
        return [{ task_id: id, needs_id: found.id, kind: NEED_LISTS[list], waived: null }];
      }),
    ),
  );
  if (problems.length > 0) throw unknownNames(problems);
  return distinct(edges);
}

/** Who is named twice is waited for in the stricter way. */
function distinct(edges: readonly Need[]): Need[] {
  const byPair = new Map<string, Need>();
  for (const edge of edges) {
    const key = `${edge.task_id} ${edge.needs_id}`;
    if (!byPair.has(key)) byPair.set(key, edge);
  }
  return [...byPair.values()];
}

const PROBLEMS_SHOWN_MAX = 10;

function unknownNames(problems: readonly string[]): AppError {
  const more = problems.length > PROBLEMS_SHOWN_MAX ? `; and ${problems.length - PROBLEMS_SHOWN_MAX} more` : "";
  return new AppError("not_found", `cannot plan: ${problems.slice(0, PROBLEMS_SHOWN_MAX).join("; ")}${more}`, {
    hint: "In needs, after and related give titles of this plan's tasks exactly as they stand, or ids from task_list.",
  });
}

/** Titles are compared as people read them. */
export function sameTitle(title: string): string {
  return title.normalize("NFKC").trim().replace(/\s+/g, " ").toLowerCase();
}

type Found = { readonly id: string } | { readonly problem: string };

class Names {
  readonly #own = new Map<string, Set<string>>();
  readonly #others = new Map<string, Set<string>>();
  readonly #titles: string[];

  constructor(planned: readonly Planned[], known: readonly Known[]) {
    for (const { id, item } of planned) {
      add(this.#own, sameTitle(item.title), id);
      if (item.id !== undefined) add(this.#own, sameTitle(item.id), id);
      add(this.#own, id, id);
    }
    for (const { id, title } of known) {
      add(this.#others, sameTitle(title), id);
      add(this.#others, id, id);
    }
    this.#titles = planned.map(({ item }) => item.title);
  }

  /** What the plan itself calls so goes before what is there already. */
  find(name: string, asker: string): Found {
    const ids = this.#own.get(sameTitle(name)) ?? this.#others.get(name) ?? this.#others.get(sameTitle(name));
    const [id, second] = ids ?? [];
    if (id === undefined) {
      const near = closest(
        name,
        this.#titles.filter((title) => title !== asker),
      );
      return { problem: `which is no task${near ? `; did you mean "${near}"?` : ""}` };
    }
    return second === undefined
      ? { id }
      : { problem: `which are several tasks (${[...(ids ?? [])].slice(0, 3).join(", ")})` };
  }
}

function add(names: Map<string, Set<string>>, name: string, id: string): void {
  const ids = names.get(name) ?? new Set();
  ids.add(id);
  names.set(name, ids);
}

// A model in the loop that makes the mistakes that models make. Each is refused with a hint, and whoever does what the
// hint says, without understanding it, gets where it wanted to go.
import { expect, test } from "bun:test";
import { AppError } from "../../src/base/errors.ts";
import { LEASE_MS } from "../../src/base/limits.ts";
import { openTestApp } from "../harness/app.ts";
import { fakeClock } from "../harness/clock.ts";
import { type Answer, type Call, type CallTool, type Client, followHints, type Outcome } from "./hint-follower.ts";

const GOAL = {
  title: "Build a scraper",
  tasks: [
    { title: "Design it", role: "architect" },
    { title: "Write it", role: "implementer", needs: ["Design it"] },
    { title: "Check it", role: "tester", needs: ["Write it"] },
  ],
};

interface Story extends AsyncDisposable, Client {
  /** As another agent. */
  readonly other: CallTool;
  /** Makes a call that is to be answered. */
  done(tool: string, input?: Call["input"]): Promise<Answer>;
  id(title: string): string;
  readonly plan: string;
}

async function openStory(): Promise<Story> {
  const clock = fakeClock();
  const app = await openTestApp({ clock });
  const as = (name: string): CallTool => {
    const agent = { id: name, label: name, isShared: false, process: "" };
    return async ({ tool, input }): Promise<Outcome> => {
      try {
        return { answer: await app.call(tool, input, { agent }) };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        return { refused: { message: error.message, hint: error.hint ?? "" } };
      }
    };
  };
  const call = as("ann");
  const done = async (tool: string, input: Call["input"] = {}) => {
    const outcome = await call({ tool, input });
    if ("answer" in outcome) return outcome.answer;
    throw new Error(`${tool}: ${outcome.refused.message}`);
  };
  const { plan, tasks } = (await done("task_plan", GOAL)) as {
    plan: { id: string };
    tasks: { id: string; title: string }[];
  };
  return {
    call,
    other: as("ben"),
    done,
    plan: plan.id,
    id: (title) => tasks.find((task) => task.title === title)?.id ?? "",
    wait: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: () => app.close(),
  };
}

interface Mistake {
  readonly name: string;
  /** What has happened before. */
  readonly before?: (story: Story) => unknown;
  readonly call: (story: Story) => Call;
  /** What is answered in the end. */
  readonly reaches: (story: Story) => Answer;
}

const started = (title: string) => (story: Story) => story.done("task_start", { id: story.id(title) });
const finished = (title: string) => async (story: Story) => {
  await started(title)(story);
  await story.done("task_complete", { id: story.id(title), summary: "It is done.", work: "all of it" });
};
const set = (title: string, status: string) => (story: Story) =>
  story.done("task_update", { id: story.id(title), status, options: { note: "as it is" } });
const start = (input: (story: Story) => Call["input"]) => (story: Story) => ({
  tool: "task_start",
  input: input(story),
});
const complete = (input: (story: Story) => Call["input"]) => (story: Story) => ({
  tool: "task_complete",
  input: { summary: "It is done.", work: "all of it", ...input(story) },
});

const design = (story: Story) => ({ id: story.id("Design it") });
const isDesign = (status: string) => (story: Story) => ({ id: story.id("Design it"), status });

const MISTAKES: readonly Mistake[] = [
  { name: "a title for an id, to start", call: start(() => ({ id: "Design it" })), reaches: isDesign("active") },
  {
    name: "a title for an id, to complete",
    before: started("Design it"),
    call: complete(() => ({ id: "Design it" })),
    reaches: isDesign("completed"),
  },
  {
    name: "a title for an id, in needs",
    call: () => ({ tool: "task_create", input: { title: "Tell of it", needs: ["Check it"] } }),
    reaches: () => ({ title: "Tell of it" }),
  },
  {
    name: "an id that is none",
    call: start(() => ({ id: "task_fedcba987654" })),
    reaches: isDesign("active"),
  },
  {
    name: "an input of another name",
    call: start((story) => ({ task_id: story.id("Design it") })),
    reaches: isDesign("active"),
  },
  {
    name: "an input of another name, where one is missing",
    before: started("Design it"),
    call: (story) => ({ tool: "task_append", input: { ...design(story), piece: 1, content: "one" } }),
    reaches: () => ({ next_piece: 2 }),
  },
  {
    name: "an option beside the options",
    before: started("Design it"),
    call: complete((story) => ({ ...design(story), decisions: ["SQLite"] })),
    reaches: isDesign("completed"),
  },
  {
    name: "an option that is misspelt",
    before: started("Design it"),
    call: complete((story) => ({ ...design(story), options: { decision: ["SQLite"] } })),
    reaches: isDesign("completed"),
  },
  {
    name: "a tool that is misspelt",
    call: (story) => ({ tool: "task-start", input: design(story) }),
    reaches: isDesign("active"),
  },
  {
    name: "a role that is misspelt",
    call: () => ({ tool: "role_show", input: { id: "architekt" } }),
    reaches: () => ({ name: "Architect" }),
  },
  {
    name: "a need that is misspelt",
    call: () => ({
      tool: "task_plan",
      input: { ...GOAL, tasks: [{ title: "One" }, { title: "Two", needs: ["Onne"] }] },
    }),
    reaches: () => ({ total: 2 }),
  },
  {
    name: "half a plan",
    call: () => ({ tool: "task_plan", input: { ...GOAL, tasks: [{ title: "One" }, { role: "tester" }] } }),
    reaches: () => ({ total: 2 }),
  },
  {
    name: "a result without a summary",
    before: started("Design it"),
    call: complete((story) => ({ ...design(story), summary: undefined })),
    reaches: isDesign("completed"),
  },
  {
    name: "needs that go in a circle",
    call: () => ({
      tool: "task_plan",
      input: {
        ...GOAL,
        tasks: [
          { title: "One", needs: ["Two"] },
          { title: "Two", needs: ["One"] },
        ],
      },
    }),
    reaches: () => ({ total: 2 }),
  },
  {
    name: "a task before its turn",
    call: start((story) => ({ id: story.id("Check it") })),
    reaches: isDesign("active"),
  },
  { name: "the plan itself, to start", call: start((story) => ({ id: story.plan })), reaches: isDesign("active") },
  {
    name: "the plan itself, to complete",
    call: complete((story) => ({ id: story.plan })),
    reaches: isDesign("active"),
  },
  {
    name: "a piece before the start",
    call: (story) => ({ tool: "task_append", input: { ...design(story), piece: 1, text: "one" } }),
    reaches: () => ({ next_piece: 2 }),
  },
  { name: "a result before the start", call: complete(design), reaches: isDesign("completed") },
  {
    name: "a result twice, of which the second is better",
    before: finished("Design it"),
    call: complete((story) => ({ ...design(story), work: "better" })),
    reaches: isDesign("completed"),
  },
  {
    name: "a piece after the end",
    before: finished("Design it"),
    call: (story) => ({ tool: "task_append", input: { ...design(story), piece: 1, text: "more" } }),
    reaches: () => ({ next_piece: 2 }),
  },
  {
    name: "a start after the end",
    before: finished("Design it"),
    call: start(design),
    reaches: isDesign("active"),
  },
  {
    name: "a piece too far",
    before: started("Design it"),
    call: (story) => ({ tool: "task_append", input: { ...design(story), piece: 3, text: "three" } }),
    reaches: () => ({ next_piece: 2 }),
  },
  {
    name: "another text for a piece that is there",
    before: async (story) => {
      await started("Design it")(story);
      await story.done("task_append", { ...design(story), piece: 1, text: "one" });
    },
    call: (story) => ({ tool: "task_append", input: { ...design(story), piece: 1, text: "two" } }),
    reaches: () => ({ next_piece: 3 }),
  },
  {
    name: "a task that somebody else holds",
    before: async (story) => {
      await story.done("task_create", { title: "Something else" });
      await story.other({ tool: "task_start", input: design(story) });
    },
    call: start(design),
    reaches: () => ({ title: "Something else", status: "active" }),
  },
  {
    name: "a result after somebody else has taken the task over",
    before: async (story) => {
      await story.done("task_create", { title: "Something else" });
      await started("Design it")(story);
      story.wait(LEASE_MS + 1);
      await story.other({ tool: "task_start", input: design(story) });
    },
    call: complete(design),
    reaches: () => ({ title: "Something else", status: "active" }),
  },
  {
    name: "a task that is blocked, to start",
    before: async (story) => {
      await started("Design it")(story);
      await set("Design it", "blocked")(story);
    },
    call: start(design),
    reaches: isDesign("active"),
  },
  {
    name: "a task that is blocked, to complete",
    before: async (story) => {
      await started("Design it")(story);
      await set("Design it", "blocked")(story);
    },
    call: complete(design),
    reaches: isDesign("completed"),
  },
  {
    name: "a task that has failed",
    before: async (story) => {
      await started("Design it")(story);
      await set("Design it", "failed")(story);
      story.wait(LEASE_MS);
    },
    call: complete(design),
    reaches: isDesign("completed"),
  },
  {
    name: "a task that waits for one that has failed",
    before: async (story) => {
      await started("Design it")(story);
      await set("Design it", "failed")(story);
    },
    call: start((story) => ({ id: story.id("Write it") })),
    reaches: isDesign("active"),
  },
  {
    name: "a task that was cancelled",
    before: set("Check it", "cancelled"),
    call: start((story) => ({ id: story.id("Check it") })),
    reaches: () => ({ title: expect.stringContaining("Instead of task_"), status: "pending" }),
  },
  {
    name: "a part, to put together",
    call: (story) => ({ tool: "session_synthesize", input: { task: story.id("Write it") } }),
    reaches: (story) => ({ status: "partial", plan: expect.objectContaining({ id: story.plan }) }),
  },
  {
    name: "a session that is none",
    call: () => ({ tool: "session_status", input: { session: "session_fedcba987654" } }),
    reaches: () => ({ tasks: expect.any(Array) }),
  },
  {
    name: "an artifact that is none",
    before: finished("Design it"),
    call: () => ({ tool: "artifact_show", input: { id: "artifact_fedcba987654" } }),
    reaches: (story) => ({ task_id: story.id("Design it") }),
  },
];

test.each(MISTAKES.map((mistake) => [mistake.name, mistake] as const))(
  "%s: refused, and the hint alone leads to the right call",
  async (_name, { before, call, reaches }) => {
    await using story = await openStory();
    await before?.(story);
    const wrong = call(story);
    const refused = await story.call(wrong);

    const answer = await followHints(wrong, story);

    expect(refused).toHaveProperty("refused");
    expect(answer).toMatchObject(reaches(story));
  },
);

test("a whole plan is worked by a client that does each step wrong at first", async () => {
  await using story = await openStory();

  for (const title of ["Design it", "Write it", "Check it"]) {
    const finish = {
      tool: "task_complete",
      input: { id: title, summary: `${title}: done.`, decisions: [`How to ${title}`] },
    };
    await followHints({ ...finish, input: { ...finish.input, work: `All of "${title}".` } }, story);
  }
  await followHints(
    { tool: "task_complete", input: { id: story.plan, summary: "All of it.", text: "The end." } },
    story,
  );

  const { status, document } = await story.done("session_synthesize", { task: story.plan });
  expect(status).toBe("complete");
  expect(document).toContain("Check it: done.");
  expect(await story.done("task_show", { id: story.plan })).toMatchObject({ status: "completed" });
});

import { expect, test } from "bun:test";
import { WORKFLOW_DEPTH_MAX } from "../../../src/base/limits.ts";
import { readWorkflow } from "../../../src/workflows/workflow-read.ts";

const HEAD = "name: N\ndescription: D\n";

async function problems(steps: string, head = HEAD) {
  const read = await readWorkflow(`${head}steps:\n${steps}`);
  return "problems" in read ? read.problems.map(({ line, column, message }) => [line, column, message]) : [];
}

test("readWorkflow() takes a file that says no more than it must", async () => {
  expect(await readWorkflow(`${HEAD}steps: [{ id: a, sleep: 1s }]`)).toEqual({
    definition: { name: "N", description: "D", inputs: {}, steps: [{ id: "a", sleep: "1s" }] },
  });
});

test.each([
  ["a misspelled key of a step", "  - id: a\n    slep: 1s\n", 5, 5, /slep: there is no such key. Did you mean sleep\?/],
  [
    "a misspelled key of a kind",
    "  - id: a\n    map: { ovr: x, steps: [] }\n",
    5,
    12,
    /map.ovr: there is no such key. Did you mean over\?/,
  ],
  ["a step of no kind", "  - id: a\n", 4, 5, /it says nothing of what to do: one of agent, value, tool, code/],
  ["a step of two kinds", "  - id: a\n    sleep: 1s\n    wait: { signal: x }\n", 4, 5, /one thing, not 2: sleep, wait/],
  ["a name that is no name", "  - id: Ä\n    sleep: 1s\n", 4, 5, /small letters/],
  ["two steps of one name", "  - { id: a, sleep: 1s }\n  - { id: a, sleep: 1s }\n", 5, 7, /two steps are called a/],
  ["a step that waits for itself", "  - { id: a, sleep: 1s, needs: [a] }\n", 4, 33, /cannot wait for itself/],
  [
    "a step that waits for a later one",
    "  - { id: a, sleep: 1s, needs: [b] }\n  - { id: b, sleep: 1s }\n",
    4,
    33,
    /b comes later/,
  ],
  [
    "a step that waits for none",
    "  - { id: aa, sleep: 1s }\n  - { id: b, sleep: 1s, needs: [ab] }\n",
    5,
    33,
    /mean aa/,
  ],
  ["a sleep without a unit", "  - { id: a, sleep: '5' }\n", 4, 14, /expected a duration with its unit/],
  ["a timeout without a unit", "  - { id: a, wait: { signal: s }, timeout: '5' }\n", 4, 35, /with its unit/],
  [
    "a retry of what is not tried",
    "  - { id: a, sleep: 1s, retry: { attempts: 2 } }\n",
    4,
    25,
    /means nothing for a sleep/,
  ],
  ["a condition that is no expression", "  - { id: a, sleep: 1s, when: yes }\n", 4, 25, /expected one \$\{…\}/],
  ["an expression without an end", "  - { id: a, sleep: '${1' }\n", 4, 14, /does not end/],
  ["an empty expression", "  - { id: a, sleep: '${ }' }\n", 4, 14, /is empty/],
  ["a queue without a limit", "  - { id: a, sleep: 1s }\nqueue: { name: q }\n", 5, 1, /it needs max, rate or both/],
  ["an input that is not there", "  - { id: a, sleep: '${inputs.x}' }\n", 4, 14, /there is no input x/],
  ["a step that is not there", "  - { id: a, sleep: '${steps.x}' }\n", 4, 14, /there is no step x/],
  [
    "a step that is not over by then",
    "  - { id: a, sleep: 1s }\n  - { id: b, sleep: '${steps.a}', needs: [] }\n",
    5,
    14,
    /a is not over by then/,
  ],
  [
    "a step inside another",
    "  - id: a\n    loop: { max: 2, steps: [{ id: b, sleep: 1s }] }\n  - { id: c, sleep: '${steps.b}' }\n",
    6,
    14,
    /b is not over by then/,
  ],
  [
    "a part that is none",
    "  - { id: a, map: { over: '${[]}', min_success: 101%, steps: [{ id: b, sleep: 1s }] } }\n",
    4,
    36,
    /a part like "80%"/,
  ],
  ["no branch", "  - { id: a, parallel: { branches: {} } }\n", 4, 26, /1 to 20 branches/],
])("readWorkflow() says where %s is", async (_what, steps, line, column, message) => {
  const [first] = await problems(steps);

  expect(first).toEqual([line, column, expect.stringMatching(message)]);
});

test("readWorkflow() lets a step see what is over, through whatever it waits for, and after a round what that did", async () => {
  const steps = `
  - { id: a, sleep: 1s }
  - { id: b, sleep: "\${steps.a}" }
  - { id: c, sleep: "\${steps.a + steps.b}", needs: [b] }
  - id: d
    loop: { max: 2, until: "\${steps.e && steps.a}", steps: [{ id: e, sleep: "\${steps.c}" }] }
`;
  expect(await problems(steps)).toEqual([]);
});

test("readWorkflow() leaves a program as it is", async () => {
  expect(await problems("  - { id: a, code: { language: bash, code: 'echo ${HOME' } }\n")).toEqual([]);
});

test("readWorkflow() says that a text with a colon stands in quotes", async () => {
  const [first] = await problems("  - id: a\n    sleep: ${true ? 1 : 2}\n");

  expect(first?.[2]).toContain("stands in quotes");
});

test("readWorkflow() refuses lists in lists beyond all sense", async () => {
  let inner = "{ id: s0, sleep: 1s }";
  for (let depth = 1; depth <= WORKFLOW_DEPTH_MAX; depth++)
    inner = `{ id: s${depth}, loop: { max: 1, steps: [${inner}] } }`;

  expect((await problems(`  - ${inner}\n`))[0]?.[2]).toContain("more than 6 deep");
});

/** Each line holds the one before nine times: three gigabytes from nine lines. */
const BOMB = [
  "a0: &a0 lol",
  ...Array.from({ length: 9 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(", ")}]`),
].join("\n");

test.each([
  ["an alias that grows beyond all sense", BOMB, /alias/],
  ["brackets without an end", "[".repeat(100_000), /nests deeper/],
  ["no mapping", "- 1\n", /expected object/],
  ["nothing", "", /expected object/],
  ["a list of everything else", `${HEAD}steps: [1, true, null, [], "x"]\n`, /./],
  ["a length that is no number", `${HEAD}steps: { length: { toString: 1 } }\n`, /./],
])("readWorkflow() is done with %s", async (_what, text, message) => {
  const read = await readWorkflow(text);

  expect("problems" in read && read.problems[0]?.message).toMatch(message);
});

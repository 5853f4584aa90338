import { expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LEASE_MS, TITLE_CHARS_MAX } from "../../src/base/limits.ts";
import { toCallResult } from "../../src/mcp/projection.ts";
import { openTestApp } from "../harness/app.ts";
import { fakeClock } from "../harness/clock.ts";

const TOKENS_MAX = 800;
const CHARS_PER_TOKEN = 4;

/** As long as a title may be, of characters that JSON doubles. */
const HEAVY = '"\\'.repeat(TITLE_CHARS_MAX / 2);

test("session_start stays a glance however much there is to tell: every list full, every text as heavy as it may be", async () => {
  const clock = fakeClock();
  await using app = await openTestApp({ clock });
  addRoles(app.workspace);
  await fillHeavily(app, () => clock.advance(LEASE_MS + 1));

  const answer = await app.call("session_start", { title: HEAVY });

  const { content } = toCallResult(app.toolbox.find("session_start"), answer);
  expect(answer).toMatchObject({
    counts: { active: expect.any(Number), pending: expect.any(Number) },
    interrupted: expect.any(Array),
    next: expect.any(Array),
    drafts: expect.any(Array),
    decisions: expect.any(Array),
    plans: expect.any(Array),
  });
  const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
  expect(text).toContain('"cursor":');
  expect(text.length / CHARS_PER_TOKEN).toBeLessThanOrEqual(TOKENS_MAX);
});

type App = Awaited<ReturnType<typeof openTestApp>>;

/** More of everything than a handover shows, from a holder with a long name, who then goes away. */
async function fillHeavily(app: App, leave: () => void): Promise<void> {
  const agent = { id: "a", label: HEAVY.slice(0, 200), isShared: false, process: "" };
  const role = "r".repeat(60);
  for (let plan = 0; plan < 4; plan++) {
    const tasks = Array.from({ length: 250 }, () => ({ title: HEAVY, role }));
    await app.call("task_plan", { title: HEAVY, tasks }, { agent });
  }
  for (let at = 0; at < 8; at++) {
    const { id } = await app.call("task_start", {}, { agent });
    await app.call("task_append", { id, piece: 1, text: HEAVY }, { agent });
  }
  const { id: decided } = await app.call("task_start", {}, { agent });
  const decisions = Array.from({ length: 10 }, () => HEAVY);
  await app.call("task_complete", { id: decided, summary: HEAVY, work: "x", options: { decisions } }, { agent });
  await makeStuck(app);
  leave();
}

async function makeStuck(app: App): Promise<void> {
  const { id: failed } = await app.call("task_create", { title: HEAVY });
  for (let at = 0; at < 4; at++) await app.call("task_create", { title: HEAVY, needs: [failed] });
  await app.call("task_update", { id: failed, status: "active" });
  await app.call("task_update", { id: failed, status: "failed", options: { note: HEAVY } });
}

/** Many roles of the project's own, with long names. */
function addRoles(workspace: string): void {
  const folder = join(workspace, ".cadre", "roles");
  mkdirSync(folder, { recursive: true });
  for (let at = 0; at < 90; at++) {
    const id = `${"specialist_".repeat(5)}${at}`;
    writeFileSync(join(folder, `${id}.yaml`), `name: ${id}\ndescription: One of many.\n`);
  }
}

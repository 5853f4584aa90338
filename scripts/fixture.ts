// Writes tests/fixtures/<version>: a database of this version with something of everything in it, and what
// must be read from it. Every later version opens all of them. Run once for a release; never edited after.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { VERSION } from "../src/base/version.ts";
import { openTestApp } from "../tests/harness/app.ts";
import { fakeClock } from "../tests/harness/clock.ts";
import { readEverything } from "../tests/harness/everything.ts";

const WORKSPACE = "/projects/example";

const app = await openTestApp({ clock: fakeClock() });
const create = (title: string, more: object = {}) => app.tasks.create(WORKSPACE, { title, ...more });

const design = await create("Design the grammar", { role: "architect", priority: 2, tags: ["parser"] });
app.clock.advance(1_000);
const parser = await create("Write the parser – “quickly” 🚀", {
  description: "Line one\nLine two\twith a tab",
  role: "implementer",
  needs: [design.id],
  environment: "node",
  language: "typescript",
});
const docs = await create("Document the grammar", { role: "documenter", needs: [design.id, parser.id] });
app.clock.advance(1_000);
await app.tasks.update(design.id, { status: "active" });
await app.tasks.update(design.id, { status: "completed", note: "Reviewed by two." });
await app.tasks.update(parser.id, { status: "active" });
await app.tasks.update(parser.id, { status: "blocked", note: "Waits for an answer." });
await app.tasks.archive(docs.id);

const agent = { id: "agent:ann", label: "ann", isShared: false, process: "" };
await app.sessions.begin(WORKSPACE, { title: "Example", client: "ann" });
const { tasks } = await app.plans.make(
  WORKSPACE,
  { title: "Release it", description: "All that is left to do." },
  [
    { title: "Measure it", acceptance: ["A table with figures."], complexity: "complex", effort: "2h" },
    { title: "Announce it", needs: ["Measure it"], related: ["Design the grammar"], tags: ["documentation"] },
  ],
  { client: "ann" },
);
const [measure = "", announce = ""] = tasks.map(({ id }) => id);
await app.claims.start(WORKSPACE, { id: measure }, agent);
await app.drafts.append(measure, { piece: 1, text: "# Figures\n" }, { agent });
await app.drafts.append(measure, { piece: 2, text: "Faster than before.\n" }, { agent });
await app.completion.handIn(
  measure,
  {
    summary: "Twice as fast.",
    type: "analysis",
    next: "continue",
    files: ["docs/figures.md"],
    decisions: ["No cache."],
  },
  { agent },
);
app.clock.advance(1_000);
await app.claims.start(WORKSPACE, { id: announce }, agent);
await app.drafts.append(announce, { piece: 1, text: "Half of a sen" }, { agent });
await app.tasks.update(announce, { commit: { hash: "abc1234", message: "Release", author: "Ann" } }, { agent });

const folder = new URL(`../tests/fixtures/${VERSION}/`, import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("expected.json", folder), `${JSON.stringify(await readEverything(app, WORKSPACE), null, 2)}\n`);
// One file without a log beside it: closing moves everything into it.
await app.sql.close();
copyFileSync(app.db, new URL("cadre.db", folder));
process.stdout.write(`written: tests/fixtures/${VERSION}\n`);

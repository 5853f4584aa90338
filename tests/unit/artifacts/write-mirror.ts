// A process of its own that mirrors an artifact over and over, each time with another text, until it is killed.
import { Mirror } from "../../../src/artifacts/mirror.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { contentOf } from "../../../src/store/artifacts.ts";
import type { Sql } from "../../../src/store/sql.ts";
import { textOfRound } from "./crash-text.ts";

const [project = ""] = process.argv.slice(2);
// Writing asks the rows for nothing.
const mirror = new Mirror({} as Sql, systemClock);

for (let round = 0; ; round++) {
  const { bytes, ...content } = contentOf(textOfRound(round));
  const artifact = {
    seq: round,
    id: "artifact_000000000001",
    workspace_id: "workspace_000000000001",
    task_id: "task_000000000001",
    name: "result",
    version: round + 1,
    type: "general",
    mime: "text/markdown",
    title: "Written until it is killed",
    files: ["src/a.ts"],
    created_ms: round,
    ...content,
  } as const;
  const { problem } = await mirror.write(project, artifact, bytes);
  if (problem) throw new Error(problem);
  process.stdout.write(`${round}\n`);
}

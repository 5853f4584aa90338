import { expect, test } from "bun:test";
import { fileURLToPath } from "node:url";
import { until } from "../../harness/condition.ts";
import { tempFolder } from "../../harness/folder.ts";
import { startCommand } from "../../harness/process.ts";
import { Random } from "../../harness/random.ts";
import { RUNTIME } from "../../harness/self.ts";
import { isWholeText } from "./crash-text.ts";
import { treeOf } from "./stage.ts";

const WRITER = fileURLToPath(new URL("write-mirror.ts", import.meta.url));
const ROUNDS = 6;

test("a process that is killed while it writes leaves no file of an artifact half written", async () => {
  const random = new Random("killed");
  using folder = tempFolder();

  for (let round = 0; round < ROUNDS; round++) {
    await using writer = startCommand([...RUNTIME, WRITER, folder.path]);
    const lines = random.int(1, 15);
    await until(() => writer.stdout().split("\n").length > lines, "it has written some");
    writer.signal("SIGKILL");
    await writer.exited;

    const { [".cadre/.gitignore"]: _ignored, ...tree } = treeOf(folder.path);
    const files = Object.entries(tree).filter(([name]) => !name.endsWith(".part"));
    expect(writer.stderr()).toBe("");
    expect(files).toHaveLength(3);
    for (const [name, text] of files) {
      const isWhole = name.endsWith(".json") ? JSON.parse(text).id === "artifact_000000000001" : isWholeText(text);
      expect(isWhole, name).toBe(true);
    }
  }
}, 60_000);

test("isWholeText() knows a text that is not", () => {
  expect(isWholeText("3:xxx")).toBe(false);
});

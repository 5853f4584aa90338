import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { runtime } from "../../../../src/runtime/current.ts";
import type { Finished } from "../../../../src/runtime/runtime.ts";
import { askChild } from "../../../../src/store/backup/store-child.ts";
import { runCli } from "../../../harness/cli.ts";
import { refusalOf } from "../../../harness/errors.ts";
import { openStorage } from "../../../harness/storage.ts";

/** Children are processes of their own, on a machine that may be busy. */
setDefaultTimeout(60_000);

describe("cadre internal", () => {
  test("prints one line of JSON for an answer", async () => {
    await using storage = openStorage();
    await (await storage.open()).add("first");
    const request = { database: storage.database, folder: storage.backups.folder, kept: 1, reason: "manual" };

    const { exit, stdout } = await runCli(["internal", "backup", JSON.stringify(request)]);

    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ answer: { is_new: true, backup: { reason: "manual" } } });
    expect(stdout.indexOf("\n")).toBe(stdout.length - 1);
  });

  test("prints one line of JSON for a refusal, with its exit code", async () => {
    const request = { database: "/nowhere/cadre.db", folder: "/nowhere/backups", kept: 1, reason: "manual" };

    const { exit, stdout } = await runCli(["internal", "backup", JSON.stringify(request)]);

    expect(exit).toBe(4);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "not_found" } });
  });

  test.each([
    ["a command that there is none of", ["internal", "sweep", "{}"]],
    ["a request that is no JSON", ["internal", "backup", "{"]],
  ])("refuses %s", async (_what, args) => {
    const { exit, stdout } = await runCli(args);

    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "invalid_input" } });
  });
});

describe("askChild()", () => {
  const request = { source: "/nowhere/a.db", target: "/nowhere/b.db" };
  const answers = (finished: Partial<Finished>) => ({
    runSelf: async () => ({ exit: 0, stdout: "", stderr: "", ...finished }),
  });

  test("fails as the child says it failed", async () => {
    const refusal = await refusalOf(() => askChild(runtime.host, "copy", request, new AbortController().signal));

    expect(refusal.code).toBe("unavailable");
  });

  test("says that the child ended early when it says nothing, and keeps its last words for the log", async () => {
    const host = answers({ exit: 137, stderr: "Killed" });

    const refusal = await refusalOf(() => askChild(host, "copy", request, new AbortController().signal));

    expect(refusal).toMatchObject({ code: "internal", cause: "exit 137: Killed" });
  });

  test("takes no answer that it does not know", async () => {
    const host = answers({ stdout: '{"answer":{"copied":"perhaps"}}\n' });

    const refusal = await refusalOf(() => askChild(host, "copy", request, new AbortController().signal));

    expect(refusal.code).toBe("internal");
  });

  test("ends with the signal, and says whether the time was over", async () => {
    const cancelled = await refusalOf(() => askChild(runtime.host, "copy", request, AbortSignal.abort()));
    const late = await refusalOf(() =>
      askChild(runtime.host, "copy", request, AbortSignal.abort(new DOMException("late", "TimeoutError"))),
    );

    expect([cancelled.code, late.code]).toEqual(["cancelled", "timeout"]);
  });
});

import { expect, test } from "bun:test";
import { treeLook } from "../../../src/sandbox/tree-look.ts";

const host = (platform: string, stdout = "") => ({ platform, run: async () => ({ exit: 0, stdout, stderr: "" }) });

test("on Linux a tree is looked at in /proc, on macOS with ps, and elsewhere not at all", async () => {
  expect(await treeLook(host("linux"), 0)(process.pid)).toMatchObject({ processes: expect.any(Number) });
  expect(await treeLook(host("darwin", "7 1 7 10 0:01\n"), 0)(7)).toMatchObject({
    processes: 1,
    rssBytes: 10_240,
  });
  expect(await treeLook(host("win32"), 0)(7)).toMatchObject({ processes: 0 });
});

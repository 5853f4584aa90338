import { expect, test } from "bun:test";
import { LOG_LEVELS, type LogLevel } from "../../../src/base/log-level.ts";
import { Log, type LogLine } from "../../../src/observe/log.ts";
import { fakeClock } from "../../harness/clock.ts";

function logTo(level: LogLevel, format: "text" | "json" = "text") {
  const lines: string[] = [];
  const log = new Log({ level, format, clock: fakeClock(0), write: (line) => lines.push(line) });
  return { log, lines };
}

test.each([...LOG_LEVELS.entries()])("Log at level %# writes its own level and what is worse (%s)", (at, level) => {
  const { log, lines } = logTo(level);

  for (const name of ["debug", "info", "warn", "error"] as const) log[name](name);

  expect(lines.map((line) => line.trim().split(/\s+/).at(-1))).toEqual(["debug", "info", "warn", "error"].slice(at));
});

test("Log writes one event a line, with fields, and leaves out what is not known", () => {
  const { log, lines } = logTo("info");

  log.info("task created", { task_id: "task_1", tries: 2, trace_id: undefined, tags: ["a"] });

  expect(lines).toEqual(['1970-01-01T00:00:00.000Z info  task created task_id=task_1 tries=2 tags=["a"]\n']);
});

test("Log hides secrets, in both formats", () => {
  const fields = { url: "postgres://me:s3cret@h/d", token: "abc", cause: new Error("Bearer abcdefgh1234") };
  const [text, json] = [logTo("info"), logTo("info", "json")];

  for (const { log } of [text, json]) log.info("opened", fields);

  for (const { lines } of [text, json]) {
    expect(lines[0]).not.toMatch(/s3cret|abc/);
    expect(lines[0]).toContain("[hidden]");
  }
});

test("Log shows control characters instead of obeying them: no line break, no escape sequence", () => {
  const evil = "a\nFAKE line\r\u001b[31m\u009b2J\u0007\u007f";
  const [text, json] = [logTo("info"), logTo("info", "json")];

  for (const { log } of [text, json]) log.info(evil, { field: evil });

  for (const { lines } of [text, json]) {
    expect(lines).toHaveLength(1);
    expect(lines[0]?.indexOf("\n")).toBe((lines[0]?.length ?? 0) - 1);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must not be there.
    expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  }
  expect(JSON.parse(json.lines[0] ?? "")).toEqual({
    at: "1970-01-01T00:00:00.000Z",
    level: "info",
    event: evil,
    field: evil,
  });
});

test("Log writes a line for whatever it is given", () => {
  const { log, lines } = logTo("info", "json");
  const loop: Record<string, unknown> = {};
  loop["self"] = loop;

  log.info("odd", { loop, big: 10n, cause: loop });

  expect(JSON.parse(lines[0] ?? "")).toMatchObject({ event: "odd", big: "10" });
});

test("onLine() gives every line, whatever stderr shows, until it is stopped", () => {
  const { log, lines } = logTo("off");
  const heard: LogLine[] = [];
  const stop = log.onLine((line) => heard.push(line));

  log.debug("first", { password: "x" });
  stop();
  log.error("second");

  expect(heard).toEqual([{ level: "debug", event: "first", fields: { password: "[hidden]" } }]);
  expect(lines).toEqual([]);
});

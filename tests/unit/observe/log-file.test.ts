import { expect, test } from "bun:test";
import { appendFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LOG_DAY_BYTES_MAX, LOG_DAYS_KEPT } from "../../../src/base/limits.ts";
import { Log } from "../../../src/observe/log.ts";
import { LogFile } from "../../../src/observe/log-file.ts";
import { LogFollower, lastLines } from "../../../src/observe/log-reader.ts";
import { fakeClock } from "../../harness/clock.ts";
import { tempFolder } from "../../harness/folder.ts";

const DAY_MS = 24 * 3_600_000;
const ALL = { level: "debug", sinceMs: 0 } as const;

function setUp() {
  const folder = tempFolder();
  const clock = fakeClock(Date.UTC(2026, 4, 1, 12));
  const path = join(folder.path, "logs");
  const log = new Log({ level: "info", format: "text", clock, write: () => {} });
  const file = new LogFile(path, clock);
  log.keepIn((line) => file.append(line), { pid: 7 });
  return { folder, clock, path, log };
}

test("what stderr shows is kept by day, without secrets, for its user alone", () => {
  const { folder, clock, path, log } = setUp();
  using _folder = folder;

  log.debug("not shown");
  log.warn("a key", { api_key: "sk-ant-api03-abcdefghijklmnopqrstuvwxyz0123456789" });
  clock.advance(DAY_MS);
  log.error("the next day", { cause: new Error("boom") });

  expect(readdirSync(path).sort()).toEqual(["2026-05-01.jsonl", "2026-05-02.jsonl"]);
  expect(statSync(join(path, "2026-05-01.jsonl")).mode & 0o777).toBe(0o600);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  const lines = lastLines(path, ALL, 10);
  expect(lines.map(({ event, level, pid }) => [level, pid, event])).toEqual([
    ["warn", 7, "a key"],
    ["error", 7, "the next day"],
  ]);
  expect(JSON.stringify(lines)).not.toContain("abcdefghijklmnop");
});

test("a week is kept, and a day only up to its bound", () => {
  const { folder, clock, path, log } = setUp();
  using _folder = folder;

  for (let day = 0; day < LOG_DAYS_KEPT + 5; day++) {
    log.info("a day");
    clock.advance(DAY_MS);
  }
  expect(readdirSync(path)).toHaveLength(LOG_DAYS_KEPT);

  log.info("today");
  const today = join(path, readdirSync(path).sort().at(-1) ?? "");
  appendFileSync(today, "x".repeat(LOG_DAY_BYTES_MAX));
  const { size } = statSync(today);
  log.info("too much");
  expect(statSync(today).size).toBe(size);
});

test("nothing is made where nothing is said, and nobody is held up where nothing can be written", () => {
  const { folder, path, log } = setUp();
  using _folder = folder;

  log.debug("not shown");
  expect(() => statSync(path)).toThrow();
  expect(lastLines(path, ALL, 10)).toEqual([]);

  writeFileSync(path, "no folder");
  log.error("lost");
  expect(lastLines(path, ALL, 10)).toEqual([]);
});

test("lines are chosen by level, time and number, whatever stands between them", () => {
  const { folder, clock, path, log } = setUp();
  using _folder = folder;
  for (let at = 0; at < 3_000; at++) {
    log.info(`line ${at}`, { text: "x".repeat(at % 200) });
    clock.advance(1_000);
  }
  log.warn("é\u001b[31m\nsecond");
  const day = join(path, "2026-05-01.jsonl");
  appendFileSync(
    day,
    'no json\n{"at":"never"}\n[]\n{"at":"2026-05-01T12:00:00Z","level":"loud","event":"x"}\n{"half":',
  );

  expect(lastLines(path, ALL, 3).map(({ event }) => event)).toEqual(["line 2998", "line 2999", "é\u001b[31m\nsecond"]);
  expect(lastLines(path, { level: "warn", sinceMs: 0 }, 10)).toHaveLength(1);
  expect(lastLines(path, { level: "info", sinceMs: clock.now() - 9_500 }, 100)).toHaveLength(10);
  expect(lastLines(path, ALL, 100_000)).toHaveLength(3_001);
});

test("a follower answers what was added, whole lines alone, on the next day too", () => {
  const { folder, clock, path, log } = setUp();
  using _folder = folder;
  log.info("before");
  const follower = new LogFollower(path);
  const next = () => follower.next(ALL).map(({ event }) => event);

  expect(next()).toEqual([]);
  log.info("one");
  log.info("two");
  expect(next()).toEqual(["one", "two"]);
  const line = `{"at":"2026-05-01T13:00:00Z","level":"info","event":"cut"}\n`;
  appendFileSync(join(path, "2026-05-01.jsonl"), line.slice(0, 30));
  expect(next()).toEqual([]);
  appendFileSync(join(path, "2026-05-01.jsonl"), line.slice(30));
  expect(next()).toEqual(["cut"]);
  clock.advance(DAY_MS);
  log.info("tomorrow");
  expect(next()).toEqual(["tomorrow"]);
});

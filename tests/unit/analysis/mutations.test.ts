// Files that no hand has written: whatever was cut, doubled, swapped or broken in them, something is said of each.
import { describe, expect, test } from "bun:test";
import { parse } from "yaml";
import { analyzeText } from "../../../src/analysis/analyze-text.ts";
import { FileReport } from "../../../src/analysis/file-report.ts";
import { systemClock } from "../../../src/base/clock.ts";
import { Random } from "../../harness/random.ts";
import pythonCases from "./python-cases.yaml" with { type: "text" };
import qualityCases from "./quality-cases.yaml" with { type: "text" };
import scriptCases from "./script-cases.yaml" with { type: "text" };

type Pieces = Readonly<Record<string, { readonly bad: readonly string[]; readonly ok: readonly string[] }>>;

const piecesIn = (cases: Pieces) => Object.values(cases).flatMap(({ bad, ok }) => [...bad, ...ok]);
const quality = parse(qualityCases) as Readonly<Record<string, Pieces>>;
const SOURCES: readonly (readonly [path: string, pieces: readonly string[]])[] = [
  ["a.py", piecesIn(parse(pythonCases) as Pieces)],
  ["a.js", [...piecesIn(parse(scriptCases) as Pieces), ...piecesIn(quality["javascript"] ?? {})]],
  ["a.tsx", [...piecesIn(parse(scriptCases) as Pieces), ...piecesIn(quality["typescript"] ?? {})]],
  ["a.sh", piecesIn(quality["bash"] ?? {})],
  ["a.sql", piecesIn(quality["sql"] ?? {})],
];
const MUTATED = 60;
const TOGETHER = 12;
const MUTATIONS_MAX = 12;
const WEIRD = [
  "\0",
  "\u{feff}",
  "\r\n",
  "\u2028",
  "\ud800",
  "é",
  "\u202e",
  "`${",
  "'''",
  "/*",
  "(((((",
  "}}}}}",
  "\\",
  "\t",
];

describe.each(SOURCES)("%s", (path, pieces) => {
  test(`says something of each of ${MUTATED} mutations`, async () => {
    const random = new Random(path);
    for (let at = 0; at < MUTATED; at++) {
      const text = mutated(random.shuffled(pieces).slice(0, TOGETHER).join("\n"), random);
      const report = await analyzeText(path, text, { clock: systemClock });

      expect(FileReport.safeParse(report).error).toBeUndefined();
      for (const { line, end_line: end, snippet } of report.findings) {
        expect(line).toBeGreaterThan(0);
        expect(end).toBeGreaterThanOrEqual(line);
        expect(snippet.isWellFormed()).toBe(true);
      }
    }
  });

  test("says the same of the same", async () => {
    const text = pieces.join("\n");

    expect(await analyzeText(path, text, { clock: systemClock })).toEqual(
      await analyzeText(path, text, { clock: systemClock }),
    );
  });
});

function mutated(text: string, random: Random): string {
  let now = text;
  for (let left = random.int(1, MUTATIONS_MAX); left > 0; left--) {
    const from = random.int(0, now.length);
    const to = Math.min(now.length, from + random.int(0, 40));
    const piece = now.slice(from, to);
    const other = random.int(0, now.length);
    now = random.pick([
      () => now.slice(0, from) + now.slice(to),
      () => now.slice(0, to) + piece + now.slice(to),
      () => now.slice(0, other) + piece + now.slice(other),
      () => now.slice(0, from) + random.pick(WEIRD) + now.slice(from),
      () => now.slice(0, from) + [...piece].reverse().join("") + now.slice(to),
      () => now.slice(0, from),
    ])();
  }
  return now;
}

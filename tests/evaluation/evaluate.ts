// How much of what is wrong is told, and how much of what is right: on functions put together from the definitions of
// weaknesses, each with its twins that are harmless.
import { parse } from "yaml";
import { findFlows } from "../../src/analysis/security/find-flows.ts";
import { parseText } from "../../src/analysis/syntax/parser.ts";
import type { Syntax } from "../../src/analysis/syntax/syntax.ts";
import javascript from "./javascript.yaml" with { type: "text" };
import python from "./python.yaml" with { type: "text" };

interface Pieces {
  readonly bad: readonly string[];
  readonly good: readonly string[];
}

interface Definitions {
  readonly syntax: Syntax;
  readonly constant: string;
  readonly shapes: readonly string[];
  readonly weaknesses: Readonly<Record<string, Pieces & { readonly clean: readonly string[] }>>;
  readonly alone: Readonly<Record<string, Pieces>>;
}

/** A function, and what it has or has not. */
interface Piece {
  readonly weakness: string;
  readonly code: string;
}

export interface Evaluated {
  readonly bad: number;
  readonly good: number;
  /** Of all that is wrong, what is told. */
  readonly recall: number;
  /** Of all that is told, what is wrong. */
  readonly precision: number;
  /** Of all that is right, what is told all the same. */
  readonly falseAlarms: number;
  readonly missed: readonly Piece[];
  readonly alarms: readonly Piece[];
}

export const EVALUATIONS: Readonly<Record<string, string>> = { JavaScript: javascript, Python: python };

export async function evaluate(text: string): Promise<Evaluated> {
  const definitions = parse(text) as Definitions;
  const { bad, good } = functionsOf(definitions);
  const missed: Piece[] = [];
  const alarms: Piece[] = [];
  for (const one of bad) if (!(await isTold(one, definitions.syntax))) missed.push(one);
  for (const one of good) if (await isTold(one, definitions.syntax)) alarms.push(one);
  const told = bad.length - missed.length;
  return {
    bad: bad.length,
    good: good.length,
    recall: told / bad.length,
    precision: told / (told + alarms.length),
    falseAlarms: alarms.length / good.length,
    missed,
    alarms,
  };
}

function functionsOf({ shapes, weaknesses, alone, constant }: Definitions): { bad: Piece[]; good: Piece[] } {
  const bad: Piece[] = [];
  const good: Piece[] = [];
  for (const [weakness, pieces] of Object.entries(weaknesses))
    for (const [at, shape] of shapes.entries()) {
      for (const sink of pieces.bad) bad.push({ weakness, code: within(shape, sink) });
      for (const sink of pieces.good) good.push({ weakness, code: within(shape, sink) });
      // The twins: what goes there is a constant, or was made safe just before.
      const sink = pieces.bad[at % pieces.bad.length] ?? "";
      const clean = pieces.clean[at % pieces.clean.length] ?? "";
      good.push({ weakness, code: within(shape, sink.replaceAll(/\bdata\b/g, constant)) });
      good.push({ weakness, code: within(shape, sink.replaceAll(/\bdata\b/g, clean.replaceAll("DATA", "data"))) });
    }
  for (const [weakness, pieces] of Object.entries(alone)) {
    bad.push(...pieces.bad.map((code) => ({ weakness, code })));
    good.push(...pieces.good.map((code) => ({ weakness, code })));
  }
  return { bad, good };
}

function within(shape: string, sink: string): string {
  return shape.replace("SINK", () => sink);
}

/** As it is shown by itself: what is hardly sure is not. */
async function isTold({ weakness, code }: Piece, syntax: Syntax): Promise<boolean> {
  const tree = await parseText(code, syntax === "typescript" && /<p[ >]/.test(code) ? "tsx" : syntax, {
    nodes: 100_000,
    isOver: () => false,
  });
  if (typeof tree === "string") throw new Error(`no tree: ${tree}`);
  const { findings } = await findFlows("a", tree, syntax);
  return findings.some(({ rule, confidence }) => confidence !== "low" && rule.endsWith(`/${weakness}`));
}

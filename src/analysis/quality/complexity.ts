// Functions that cost more to read than anybody should pay.
import type { Finding } from "../finding.ts";
import type { FunctionMetrics } from "../metrics/measure-functions.ts";

interface Bound {
  readonly id: string;
  readonly of: (one: FunctionMetrics) => number;
  /** From here on it is told, and from there on as more than a remark. */
  readonly from: number;
  readonly much: number;
  readonly message: (value: number) => string;
  readonly help: string;
}

const BOUNDS: readonly Bound[] = [
  {
    id: "many-ways",
    of: ({ cyclomatic }) => cyclomatic,
    from: 20,
    much: 40,
    message: (value) => `${value} ways lead through it.`,
    help: "Take out what can stand alone; a table often replaces a row of conditions.",
  },
  {
    id: "hard-to-read",
    of: ({ cognitive }) => cognitive,
    from: 25,
    much: 50,
    message: (value) => `Reading it costs ${value} points; 15 is what people follow.`,
    help: "Leave early instead of nesting, and take inner loops out.",
  },
  {
    id: "deep",
    of: ({ nesting }) => nesting,
    from: 6,
    much: 8,
    message: (value) => `Its deepest block stands ${value} deep.`,
    help: "Leave early, or take the inner part out.",
  },
  {
    id: "many-parameters",
    of: ({ parameters }) => parameters,
    from: 8,
    much: 12,
    message: (value) => `It takes ${value} things, in an order that nobody remembers.`,
    help: "Give it one object with names.",
  },
  {
    id: "long",
    of: ({ line, end_line: end }) => end - line + 1,
    from: 150,
    much: 400,
    message: (value) => `It is ${value} lines long.`,
    help: "Take parts out that have a name.",
  },
];

export interface Remark {
  readonly rule: string;
  readonly severity: Finding["severity"];
  readonly message: string;
  readonly help: string;
}

export function remarksOn(one: FunctionMetrics): Remark[] {
  return BOUNDS.flatMap(({ id, of, from, much, message, help }) => {
    const value = of(one);
    if (value < from) return [];
    return { rule: `complexity/${id}`, severity: value >= much ? "medium" : "low", message: message(value), help };
  });
}

// Where what comes from outside goes where it must not, and calls that are wrong by themselves.
import { type Finding, fingerprintOf } from "../finding.ts";
import type { Syntax } from "../syntax/syntax.ts";
import type { Node, SyntaxTree } from "../syntax/syntax-tree.ts";
import { Engine, type Flow, OutOfSteps } from "./engine.ts";
import { PythonProgram } from "./python/python-program.ts";
import pythonRules from "./python/python-rules.yaml" with { type: "text" };
import { type Rules, rulesIn } from "./rules.ts";
import { ScriptProgram } from "./script/script-program.ts";
import scriptRules from "./script/script-rules.yaml" with { type: "text" };

export interface FoundFlows {
  readonly findings: readonly Finding[];
  /** It took more steps than a file may, and was not looked through to its end. */
  readonly isCut: boolean;
}

interface Language {
  /** Its name in the names of rules. */
  readonly name: string;
  readonly rules: string;
  readonly Program: new (engine: Engine) => { run(): void };
}

const PYTHON: Language = { name: "python", rules: pythonRules, Program: PythonProgram };
const SCRIPT: Language = { name: "javascript", rules: scriptRules, Program: ScriptProgram };
const LANGUAGES: Readonly<Partial<Record<Syntax, Language>>> = {
  python: PYTHON,
  javascript: SCRIPT,
  typescript: SCRIPT,
  tsx: SCRIPT,
};
/** Read with the first file of their language. */
const rulesOf = new Map<Language, Rules>();
const SNIPPET_CHARS_MAX = 200;

export function findFlows(path: string, tree: SyntaxTree, syntax: Syntax): FoundFlows {
  const language = LANGUAGES[syntax];
  if (!language) return { findings: [], isCut: false };
  const rules = rulesOf.get(language) ?? rulesIn(language.rules);
  rulesOf.set(language, rules);
  const engine = new Engine(tree, rules);
  let isCut = false;
  try {
    new language.Program(engine).run();
  } catch (cause) {
    // What nests deeper than the stack is no program of a person's.
    if (!(cause instanceof OutOfSteps || cause instanceof RangeError)) throw cause;
    isCut = true;
  }
  const flows = engine.flows.toSorted((one, other) => one.node - other.node);
  const seen = new Map<string, number>();
  return { findings: flows.map((flow) => findingOf(path, tree, language.name, flow, seen)), isCut };
}

function findingOf(path: string, tree: SyntaxTree, language: string, flow: Flow, seen: Map<string, number>): Finding {
  const { weakness, node, taint, confidence, ref } = flow;
  const from = tree.place(tree.start(node));
  const to = tree.place(tree.end(node));
  // What it is about is the statement as it stands, without its spaces.
  const about = tree.textOf(node).replaceAll(/\s+/g, "");
  const nth = seen.get(`${weakness.id} ${about}`) ?? 0;
  seen.set(`${weakness.id} ${about}`, nth + 1);
  return {
    rule: `${language}/${weakness.id}`,
    message: taint ? `${weakness.message} (${taint.source})` : weakness.message,
    severity: weakness.severity,
    confidence,
    cwe: weakness.cwe,
    owasp: weakness.owasp,
    path,
    line: from.line,
    column: from.column,
    end_line: to.line,
    end_column: to.column,
    snippet: lineOf(tree, node),
    help: weakness.help,
    fingerprint: fingerprintOf(weakness.id, path, about, nth),
    ...(taint
      ? {
          flow: [...taint.steps, { node, what: `reaches ${ref}` }].map((step) => ({
            line: tree.line(step.node),
            what: step.what,
          })),
        }
      : {}),
  };
}

function lineOf(tree: SyntaxTree, node: Node): string {
  const { line } = tree.place(tree.start(node));
  return tree.text
    .slice(tree.lines[line - 1], tree.lines[line])
    .trim()
    .slice(0, SNIPPET_CHARS_MAX)
    .toWellFormed();
}

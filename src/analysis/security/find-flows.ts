// Where what comes from outside goes where it must not, and calls that are wrong by themselves.
import { FileFindings } from "../file-findings.ts";
import type { Finding } from "../finding.ts";
import type { Syntax } from "../syntax/syntax.ts";
import type { SyntaxTree } from "../syntax/syntax-tree.ts";
import { Engine, type Flow, OutOfSteps } from "./engine.ts";
import { PythonProgram } from "./python/python-program.ts";
import { type FlowLanguage, rulesOf } from "./rules-of.ts";
import { ScriptProgram } from "./script/script-program.ts";

export interface FoundFlows {
  readonly findings: readonly Finding[];
  /** It took more steps than a file may, and was not looked through to its end. */
  readonly isCut: boolean;
}

interface Language {
  /** Its name in the names of rules. */
  readonly name: FlowLanguage;
  readonly Program: new (engine: Engine) => { run(): void };
}

const PYTHON: Language = { name: "python", Program: PythonProgram };
const SCRIPT: Language = { name: "javascript", Program: ScriptProgram };
const LANGUAGES: Readonly<Partial<Record<Syntax, Language>>> = {
  python: PYTHON,
  javascript: SCRIPT,
  typescript: SCRIPT,
  tsx: SCRIPT,
};

export async function findFlows(path: string, tree: SyntaxTree, syntax: Syntax): Promise<FoundFlows> {
  const language = LANGUAGES[syntax];
  if (!language) return { findings: [], isCut: false };
  const engine = new Engine(tree, await rulesOf(language.name));
  let isCut = false;
  try {
    new language.Program(engine).run();
  } catch (cause) {
    // What nests deeper than the stack is no program of a person's.
    if (!(cause instanceof OutOfSteps || cause instanceof RangeError)) throw cause;
    isCut = true;
  }
  const findings = new FileFindings(path, tree.text, tree.lines);
  for (const flow of engine.flows.toSorted((one, other) => one.node - other.node)) add(findings, tree, language, flow);
  return { findings: findings.all, isCut };
}

function add(findings: FileFindings, tree: SyntaxTree, language: Language, flow: Flow): void {
  const { weakness, node, taint, confidence, ref } = flow;
  const { id, message, severity, cwe, owasp, help } = weakness;
  const steps = taint && [...taint.steps, { node, what: `reaches ${ref}` }];
  findings.add({
    rule: `${language.name}/${id}`,
    area: "security",
    message: taint ? `${message} (${taint.source})` : message,
    severity,
    confidence,
    cwe,
    owasp,
    help,
    start: tree.start(node),
    end: tree.end(node),
    ...(steps ? { flow: steps.map((step) => ({ line: tree.line(step.node), what: step.what })) } : {}),
  });
}

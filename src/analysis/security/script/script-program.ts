// Goes through a JavaScript or TypeScript file as it would run, on every way at once, and runs nothing.
import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import { oneArgument } from "../arguments.ts";
import type { Engine } from "../engine.ts";
import { KnownAnswers } from "../known-answers.ts";
import {
  anyOf,
  anyPart,
  either,
  type FunctionValue,
  isNothing,
  Scope,
  taintOf,
  UNKNOWN,
  type Value,
} from "../value.ts";
import { vouchesWhenTrue } from "../vouched.ts";
import { casesFor } from "./script-cases.ts";
import { ScriptClasses } from "./script-classes.ts";
import { ScriptExpressions } from "./script-expressions.ts";
import { givenTo } from "./script-givens.ts";
import type { Functions } from "./script-language.ts";
import { importedNames } from "./script-modules.ts";
import { type Parameter, scriptParameters } from "./script-parameters.ts";

/** Functions that call one another, and are handed to one another, seen from one call. */
const CALLS_DEEP_MAX = 8;
const ROUNDS = 2;
const DECLARES = new Set(["function_declaration", "generator_function_declaration"]);
const CLASSES = new Set(["class_declaration", "abstract_class_declaration"]);

interface Handed {
  readonly fn: FunctionValue;
  readonly given: readonly Value[];
  readonly source: string | undefined;
}

interface Frame {
  answer: Value | undefined;
  /** What was handed to somebody runs when all around it is known. */
  readonly later: Handed[];
}

/** What happens after a statement: the next one, or nothing here any more. */
type GoesOn = boolean;

export class ScriptProgram implements Functions {
  readonly #engine: Engine;
  readonly #tree: SyntaxTree;
  readonly #on: ScriptExpressions;
  readonly #classes: ScriptClasses;
  readonly #running: Node[] = [];
  readonly #functions: FunctionValue[] = [];
  readonly #defined = new Set<Node>();
  /** Those that were handed to somebody, and have run so. */
  readonly #handed = new Set<Node>();
  readonly #parametersOf = new Map<Node, readonly Parameter[]>();
  readonly #answers = new KnownAnswers();
  #frame: Frame = { answer: undefined, later: [] };

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#tree = engine.tree;
    this.#on = new ScriptExpressions(engine, this);
    this.#classes = new ScriptClasses(this.#on, (body, scope) => this.#block(body, scope));
  }

  /** The file itself, then each of its functions as somebody else would call it. */
  run(): void {
    this.#block(0, new Scope());
    this.#runLater(this.#frame);
    // Those that it finds on the way are among them by then.
    for (const fn of this.#functions) this.#enter(fn);
    // What one method has kept in the object another may use, whichever stands first.
    for (const fn of [...this.#functions]) if (fn.self && taintOf(fn.self)) this.#enter(fn);
  }

  // --- Functions ------------------------------------------------------------------------------------------------------

  #enter(fn: FunctionValue): void {
    if (!this.#handed.has(fn.node)) this.#run(fn, this.#given(fn, [], undefined));
  }

  /** What is known of each parameter: what is given, or what its name, its type and who calls say. */
  #given(fn: FunctionValue, given: readonly (Value | undefined)[], source: string | undefined): Value[] {
    return this.#parameters(fn).map((parameter, at) => {
      const value = given[at];
      if (value && !isNothing(value)) return value;
      // What a call answers is no request, whatever it is called.
      if (value?.ref?.endsWith(")") && this.#engine.rules.sources.has(`${value.ref}.data`)) return value;
      const said = givenTo(this.#tree, parameter, this.#engine.rules, source);
      // What it is called says more than where it stands.
      return value && said.taint ? { ref: value.ref ?? said.ref } : said;
    });
  }

  #parameters({ node }: FunctionValue): readonly Parameter[] {
    const known = this.#parametersOf.get(node) ?? scriptParameters(this.#tree, node);
    this.#parametersOf.set(node, known);
    return known;
  }

  call(fn: FunctionValue, at: readonly Value[]): Value {
    if (this.#engine.isTired || this.#running.length >= CALLS_DEEP_MAX || this.#isCircle(fn, at)) return anyOf(at);
    return this.#answers.answer(fn.node, fn.self, at, () => this.#run(fn, at) ?? UNKNOWN);
  }

  /** A function that calls itself is gone through once more where it goes deeper by a key that it was given. */
  #isCircle(fn: FunctionValue, at: readonly Value[]): boolean {
    const first = this.#running.indexOf(fn.node);
    if (first < 0) return false;
    return first !== this.#running.lastIndexOf(fn.node) || !at.some(({ ref }) => ref?.endsWith("[key]"));
  }

  handed(fn: FunctionValue, given: readonly Value[], source: string | undefined): Value {
    this.#handed.add(fn.node);
    if (this.#running.length >= CALLS_DEEP_MAX || this.#running.includes(fn.node)) return anyOf(given);
    const unknown = this.#parameters(fn).map((_one, at) => given[at] ?? (source === undefined ? UNKNOWN : undefined));
    return this.#run(fn, this.#given(fn, unknown, source)) ?? UNKNOWN;
  }

  later(fn: FunctionValue, given: readonly Value[], source: string | undefined): void {
    this.#handed.add(fn.node);
    this.#frame.later.push({ fn, given, source });
  }

  #runLater({ later }: Frame): void {
    for (const { fn, given, source } of later) this.handed(fn, given, source);
  }

  #run(fn: FunctionValue, at: readonly Value[]): Value | undefined {
    const tree = this.#tree;
    const scope = new Scope(fn.scope);
    if (fn.self) scope.set("this", fn.self);
    for (const [number, parameter] of this.#parameters(fn).entries()) {
      const rest = { parts: new Map(at.slice(number).map((one, index) => [String(index), one])) };
      const given = parameter.isRest && at.length > number + 1 ? rest : at[number];
      const value = given ?? (parameter.value === NONE ? UNKNOWN : this.#on.value(parameter.value, fn.scope));
      this.#on.bind(parameter.pattern, value, scope, true);
      if (parameter.isKept) fn.self?.parts?.set(tree.textOf(parameter.pattern), value);
    }
    const outer = this.#frame;
    const frame: Frame = { answer: undefined, later: [] };
    this.#frame = frame;
    this.#running.push(fn.node);
    const body = tree.child(fn.node, "body");
    try {
      if (tree.kind(body) === "statement_block") this.#block(body, scope);
      else frame.answer = this.#on.value(body, scope);
      this.#runLater(frame);
      return frame.answer;
    } finally {
      this.#running.pop();
      this.#frame = outer;
    }
  }

  arity(fn: FunctionValue): number {
    return this.#parameters(fn).length;
  }

  define(node: Node, scope: Scope, name: string, self?: Value): FunctionValue {
    const isArrow = this.#tree.kind(node) === "arrow_function";
    const fn = { node, name, scope, self: isArrow ? undefined : self };
    if (!this.#defined.has(node)) {
      this.#defined.add(node);
      this.#functions.push(fn);
    }
    return fn;
  }

  // --- Statements -----------------------------------------------------------------------------------------------------

  #block(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const end = tree.after(node);
    // Functions are there before the first statement.
    for (let child = node + 1; child < end; child = tree.after(child)) this.#declare(child, scope);
    for (let child = node + 1; child < end; child = tree.after(child))
      if (tree.isNamed(child) && !this.#statement(child, scope)) return false;
    return true;
  }

  #declare(node: Node, scope: Scope): void {
    const tree = this.#tree;
    const kind = tree.kind(node);
    if (kind === "export_statement") {
      const declaration = tree.child(node, "declaration");
      if (declaration !== NONE) this.#declare(declaration, scope);
      return;
    }
    if (!DECLARES.has(kind)) return;
    const name = tree.textOf(tree.child(node, "name"));
    scope.set(name, { fn: this.define(node, scope, name) });
  }

  #statement(node: Node, scope: Scope): GoesOn {
    this.#engine.spend();
    const tree = this.#tree;
    const kind = tree.kind(node);
    switch (kind) {
      case "expression_statement":
        return this.#expression(node + 1, scope);
      case "lexical_declaration":
      case "variable_declaration":
        this.#declarations(node, scope);
        return true;
      case "if_statement":
        return this.#if(node, scope);
      case "for_statement":
      case "for_in_statement":
      case "while_statement":
      case "do_statement":
        return this.#loop(node, kind, scope);
      case "switch_statement":
        return this.#switch(node, scope);
      case "try_statement":
        return this.#try(node, scope);
      case "return_statement":
        this.#return(node, scope);
        return false;
      case "throw_statement":
        this.#on.merged(node, scope);
        return false;
      case "break_statement":
      case "continue_statement":
        return false;
      default:
        return this.#other(node, kind, scope);
    }
  }

  #other(node: Node, kind: string, scope: Scope): GoesOn {
    const tree = this.#tree;
    if (DECLARES.has(kind) || kind === "comment" || kind.startsWith("type_alias") || kind.startsWith("interface"))
      return true;
    if (CLASSES.has(kind)) {
      scope.set(tree.textOf(tree.child(node, "name")), this.classOf(node, scope));
      return true;
    }
    switch (kind) {
      case "import_statement":
        for (const { name, ref } of importedNames(tree, node, this.#engine.rules.aliases)) scope.set(name, { ref });
        return true;
      case "export_statement":
        return this.#export(node, scope);
      case "statement_block":
      case "class_static_block":
      case "else_clause":
      case "finally_clause":
        return this.#block(node, scope);
      case "labeled_statement":
      case "internal_module":
      case "module":
        this.#block(tree.child(node, "body"), scope);
        return true;
      default:
        this.#on.merged(node, scope);
        return true;
    }
  }

  #export(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const declaration = tree.child(node, "declaration");
    if (declaration !== NONE) return this.#statement(declaration, scope);
    const value = tree.child(node, "value");
    if (value !== NONE) this.#on.value(value, scope);
    return true;
  }

  #expression(node: Node, scope: Scope): GoesOn {
    const value = this.#on.value(node, scope);
    return this.#tree.kind(node) !== "call_expression" || !this.#engine.isExit(value);
  }

  #declarations(node: Node, scope: Scope): void {
    const tree = this.#tree;
    const end = tree.after(node);
    for (let child = node + 1; child < end; child = tree.after(child)) {
      if (tree.kind(child) !== "variable_declarator") continue;
      const given = tree.child(child, "value");
      const value = given === NONE ? UNKNOWN : this.#on.value(given, scope);
      this.#on.bind(tree.child(child, "name"), this.#on.vouching(value, given, scope), scope, true);
    }
  }

  #return(node: Node, scope: Scope): void {
    const value = this.#on.merged(node, scope);
    if (value.taint || value.parts)
      this.#engine.called({ ref: "return", receiver: undefined, args: oneArgument(value), node });
    this.#frame.answer = this.#frame.answer ? either(this.#frame.answer, value) : value;
  }

  #if(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const condition = tree.child(node, "condition");
    const { literal } = this.#on.value(condition, scope);
    const { whenTrue, whenFalse } = this.#on.guards.of(condition, scope);
    const [yes, no] = [scope.fork(), scope.fork()];
    this.#on.vouch(whenTrue, yes);
    this.#on.vouch(whenFalse, no);
    const otherwise = tree.child(node, "alternative");
    const goesOnYes = literal === undefined || literal ? this.#one(tree.child(node, "consequence"), yes) : false;
    const goesOnNo = literal === undefined || !literal ? otherwise === NONE || this.#one(otherwise, no) : false;
    if (goesOnYes && goesOnNo) scope.join(yes, no);
    else scope.become(goesOnNo ? no : yes);
    return goesOnYes || goesOnNo;
  }

  /** A statement alone, or a block of them. */
  #one(node: Node, scope: Scope): GoesOn {
    return node === NONE || this.#statement(node, scope);
  }

  #loop(node: Node, kind: string, scope: Scope): GoesOn {
    const tree = this.#tree;
    if (kind === "for_statement") {
      const initializer = tree.child(node, "initializer");
      if (initializer !== NONE) this.#statement(initializer, scope);
    }
    for (let round = 0; round < ROUNDS; round++) {
      const inner = scope.fork();
      if (kind === "for_in_statement") this.#eachOf(node, inner);
      else this.#on.value(tree.child(node, "condition"), inner);
      this.#one(tree.child(node, "body"), inner);
      if (kind === "for_statement") this.#on.value(tree.child(node, "increment"), inner);
      if (!scope.join(scope.fork(), inner)) break;
    }
    return true;
  }

  #eachOf(node: Node, scope: Scope): void {
    const tree = this.#tree;
    const all = this.#on.value(tree.child(node, "right"), scope);
    const isKeys = tree.textOf(tree.child(node, "operator")) === "in";
    const one = isKeys ? { taint: all.taint, ref: "key" } : all.parts ? anyPart(all) : { taint: all.taint };
    this.#on.bind(tree.child(node, "left"), one, scope, true);
  }

  #switch(node: Node, scope: Scope): GoesOn {
    const subject = this.#tree.child(node, "value");
    const { literal } = this.#on.value(subject, scope);
    const name = this.#on.guards.nameIn(subject, scope);
    const before = scope.fork();
    const ways: Scope[] = [];
    let falls: Scope | undefined;
    let isSure = false;
    for (const { clause, isIt } of casesFor(this.#on, node, literal, before)) {
      isSure ||= isIt;
      const way = falls ?? before.fork();
      if (name !== undefined && this.#tree.kind(clause) === "switch_case")
        this.#on.vouch(vouchesWhenTrue([name]).whenTrue, way);
      falls = this.#case(clause, way) ? way : undefined;
      ways.push(way);
    }
    if (ways.length > 0) scope.join(...(isSure ? ways : [before, ...ways]));
    return true;
  }

  #case(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const end = tree.after(node);
    for (let child = node + 1; child < end; child = tree.after(child))
      if (tree.field(child) === "body" && !this.#statement(child, scope)) return false;
    return true;
  }

  #try(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const body = scope.fork();
    const ends = this.#block(tree.child(node, "body"), body) ? [body] : [];
    const handler = tree.child(node, "handler");
    if (handler !== NONE) {
      const inner = scope.fork();
      inner.join(scope, body);
      const parameter = tree.child(handler, "parameter");
      if (parameter !== NONE) this.#on.bind(parameter, { ref: "error" }, inner, true);
      if (this.#block(tree.child(handler, "body"), inner)) ends.push(inner);
    }
    scope.join(...(ends.length > 0 ? ends : [body]));
    const last = tree.child(node, "finalizer");
    return (last === NONE || this.#block(tree.child(last, "body"), scope)) && ends.length > 0;
  }

  classOf(node: Node, scope: Scope): Value {
    return this.#classes.of(node, scope);
  }
}

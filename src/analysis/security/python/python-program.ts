// Goes through a Python file as it would run, on every way at once, and runs nothing.
import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import { type Arguments, oneArgument } from "../arguments.ts";
import type { Engine } from "../engine.ts";
import { KnownAnswers } from "../known-answers.ts";
import { anyOf, anyPart, either, type FunctionValue, Scope, taintOf, UNKNOWN, type Value } from "../value.ts";
import { vouchFor } from "../vouched.ts";
import { casesFor } from "./python-cases.ts";
import { PythonClasses } from "./python-classes.ts";
import { decoratorsOf } from "./python-decorators.ts";
import { PythonExpressions } from "./python-expressions.ts";
import { givenTo } from "./python-givens.ts";
import { PythonGuards } from "./python-guards.ts";
import { importedNames } from "./python-imports.ts";
import { type Parameter, pythonParameters } from "./python-parameters.ts";

/** Functions that call one another, seen from one call. */
const CALLS_DEEP_MAX = 4;
const ROUNDS = 2;
const EVERYTHING = /^(?:Base)?Exception$/;
const AFTER_TRY = new Set(["else_clause", "finally_clause"]);

interface Frame {
  answer: Value | undefined;
}

/** What happens after a statement: the next one, or nothing here any more. */
type GoesOn = boolean;

export class PythonProgram {
  readonly #engine: Engine;
  readonly #tree: SyntaxTree;
  readonly #expressions: PythonExpressions;
  readonly #guards: PythonGuards;
  readonly #classes: PythonClasses;
  readonly #running: Node[] = [];
  readonly #functions: { readonly fn: FunctionValue; readonly entry: string | undefined }[] = [];
  readonly #parametersOf = new Map<Node, readonly Parameter[]>();
  readonly #answers = new KnownAnswers();
  /** Functions whose answer is shown as a page. */
  readonly #pages = new Set<Node>();
  #frame: Frame = { answer: undefined };

  constructor(engine: Engine) {
    this.#engine = engine;
    this.#tree = engine.tree;
    this.#expressions = new PythonExpressions(engine, (fn, args) => this.#call(fn, args));
    this.#guards = new PythonGuards(engine.tree);
    this.#classes = new PythonClasses(engine, this.#expressions, {
      define: (node, scope, decorators, self) => this.#define(node, scope, decorators, self),
      statement: (node, scope) => void this.#statement(node, scope),
    });
  }

  /** The file itself, then each of its functions as somebody else would call it. */
  run(): void {
    const scope = new Scope();
    this.#block(0, scope);
    for (const one of [...this.#functions]) this.#enter(one.fn, one.entry);
    // What one method has kept in the object another may use, whichever stands first.
    for (const { fn, entry } of [...this.#functions]) if (fn.self && taintOf(fn.self)) this.#enter(fn, entry);
  }

  // --- Functions ------------------------------------------------------------------------------------------------------

  #enter(fn: FunctionValue, entry: string | undefined): void {
    const at: Value[] = [];
    const named = new Map<string, Value>();
    for (const [number, parameter] of this.#parameters(fn).entries())
      named.set(parameter.name, (number === 0 ? fn.self : undefined) ?? givenTo(parameter, entry));
    this.#run(fn, { at, named, isOpen: true });
  }

  #parameters({ node }: FunctionValue): readonly Parameter[] {
    const known = this.#parametersOf.get(node) ?? pythonParameters(this.#tree, node);
    this.#parametersOf.set(node, known);
    return known;
  }

  #call(fn: FunctionValue, args: Arguments): Value {
    if (this.#engine.isTired || this.#running.length >= CALLS_DEEP_MAX || this.#running.includes(fn.node)) {
      return anyOf([...args.at, ...args.named.values()]);
    }
    const given = [...args.at, ...args.named.values()];
    return this.#answers.answer(fn.node, fn.self, given, () => this.#called(fn, args));
  }

  #called(fn: FunctionValue, args: Arguments): Value {
    const parameters = this.#parameters(fn);
    const named = new Map(args.named);
    const offset = fn.self ? 1 : 0;
    if (fn.self && parameters[0]) named.set(parameters[0].name, fn.self);
    for (const [at, value] of args.at.entries()) {
      const parameter = parameters[at + offset];
      if (parameter && !named.has(parameter.name)) named.set(parameter.name, value);
    }
    return this.#run(fn, { at: [], named, isOpen: false }) ?? UNKNOWN;
  }

  #run(fn: FunctionValue, { named }: Arguments): Value | undefined {
    const tree = this.#tree;
    const scope = new Scope(fn.scope);
    for (const { name, value } of this.#parameters(fn))
      scope.set(name, named.get(name) ?? (value === NONE ? UNKNOWN : this.#expressions.value(value, fn.scope)));
    const outer = this.#frame;
    this.#frame = { answer: undefined };
    this.#running.push(fn.node);
    const body = tree.child(fn.node, "body");
    try {
      if (tree.kind(fn.node) === "lambda") return this.#expressions.value(body, scope);
      this.#block(body, scope);
      return this.#frame.answer;
    } finally {
      this.#running.pop();
      this.#frame = outer;
    }
  }

  #define(node: Node, scope: Scope, decorators: readonly string[], self?: Value): FunctionValue {
    const tree = this.#tree;
    const name = tree.textOf(tree.child(node, "name"));
    const fn = { node, name, scope, self };
    const entries = decorators.flatMap((one) => this.#engine.rules.entries.of(one));
    if (decorators.some((one) => one.endsWith(".route"))) this.#pages.add(node);
    if (!this.#functions.some((one) => one.fn.node === node)) this.#functions.push({ fn, entry: entries[0]?.what });
    return fn;
  }

  #decorated(node: Node, scope: Scope): void {
    const definition = this.#tree.child(node, "definition");
    if (this.#tree.kind(definition) !== "function_definition") {
      this.#statement(definition, scope);
      return;
    }
    const fn = this.#define(definition, scope, decoratorsOf(this.#engine, this.#expressions, node, scope));
    scope.set(fn.name, { fn });
  }

  // --- Statements -----------------------------------------------------------------------------------------------------

  #block(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const end = tree.after(node);
    for (let child = node + 1; child < end; child = tree.after(child)) {
      if (tree.isNamed(child) && !this.#statement(child, scope)) return false;
    }
    return true;
  }

  #statement(node: Node, scope: Scope): GoesOn {
    this.#engine.spend();
    const tree = this.#tree;
    switch (tree.kind(node)) {
      case "expression_statement":
        return this.#expression(node + 1, scope);
      case "if_statement":
        return this.#if(node, scope);
      case "for_statement":
      case "while_statement":
        return this.#loop(node, scope);
      case "with_statement":
        return this.#with(node, scope);
      case "try_statement":
        return this.#try(node, scope);
      case "match_statement":
        return this.#match(node, scope);
      case "return_statement":
        this.#return(node, scope);
        return false;
      case "raise_statement":
      case "break_statement":
      case "continue_statement":
        for (const child of tree.children(node)) if (tree.isNamed(child)) this.#expressions.value(child, scope);
        return false;
      case "function_definition":
        scope.set(tree.textOf(tree.child(node, "name")), { fn: this.#define(node, scope, []) });
        return true;
      case "class_definition":
        this.#classes.define(node, scope);
        return true;
      case "decorated_definition":
        this.#decorated(node, scope);
        return true;
      case "import_statement":
      case "import_from_statement":
      case "future_import_statement":
        for (const { name, ref } of importedNames(tree, node)) scope.set(name, { ref });
        return true;
      case "block":
        return this.#block(node, scope);
      default:
        for (const child of tree.children(node)) if (tree.isNamed(child)) this.#expressions.value(child, scope);
        return true;
    }
  }

  #return(node: Node, scope: Scope): void {
    const value = this.#tree.isLeaf(node) ? UNKNOWN : this.#expressions.value(node + 2, scope);
    // What a function answers that a server calls is a page.
    if (this.#isPage) {
      const page = value.parts?.get("0") ?? value;
      this.#engine.called({ ref: "return", receiver: undefined, args: oneArgument(page), node });
    }
    this.#answer(value);
  }

  get #isPage(): boolean {
    return this.#running.length === 1 && this.#pages.has(this.#running[0] ?? NONE);
  }

  #answer(value: Value): void {
    this.#frame.answer = this.#frame.answer ? either(this.#frame.answer, value) : value;
  }

  #expression(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const kind = tree.kind(node);
    if (kind === "assignment") {
      const right = tree.child(node, "right");
      if (right === NONE) return true;
      const value =
        tree.kind(right) === "assignment" ? this.#chained(right, scope) : this.#expressions.value(right, scope);
      const vouched = this.#guards.vouched(right, scope);
      this.#expressions.bind(
        tree.child(node, "left"),
        vouched === undefined ? value : { ...value, vouchesFor: vouched },
        scope,
      );
      return true;
    }
    if (kind === "augmented_assignment") {
      const left = tree.child(node, "left");
      const value = either(
        this.#expressions.value(left, scope),
        this.#expressions.value(tree.child(node, "right"), scope),
      );
      const { prefix } = this.#expressions.value(left, scope);
      this.#expressions.bind(left, { taint: value.taint, ref: value.ref, parts: value.parts, prefix }, scope);
      return true;
    }
    const value = this.#expressions.value(node, scope);
    return kind !== "call" || !this.#engine.isExit(value);
  }

  #chained(node: Node, scope: Scope): Value {
    this.#expression(node, scope);
    return this.#expressions.value(this.#tree.child(node, "left"), scope);
  }

  #if(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const others = [...tree.children(node)].filter((one) => tree.field(one) === "alternative");
    return this.#choose(node, others, scope);
  }

  /** `if`, then each `elif`, then `else`. */
  #choose(node: Node, others: readonly Node[], scope: Scope): GoesOn {
    const tree = this.#tree;
    const condition = tree.child(node, "condition");
    const { literal } = this.#expressions.value(condition, scope);
    const { whenTrue, whenFalse } = this.#guards.of(condition, scope);
    const yes = scope.fork();
    const no = scope.fork();
    vouchFor(whenTrue, yes);
    vouchFor(whenFalse, no);
    const goesOnYes = literal === undefined || literal ? this.#block(tree.child(node, "consequence"), yes) : false;
    const goesOnNo = literal === undefined || !literal ? this.#otherwise(others, no) : false;
    if (goesOnYes && goesOnNo) scope.join(yes, no);
    else scope.become(goesOnNo ? no : yes);
    return goesOnYes || goesOnNo;
  }

  #otherwise([next, ...others]: readonly Node[], scope: Scope): GoesOn {
    if (next === undefined) return true;
    if (this.#tree.kind(next) === "elif_clause") return this.#choose(next, others, scope);
    return this.#block(this.#tree.child(next, "body"), scope);
  }

  #loop(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const left = tree.child(node, "left");
    for (let round = 0; round < ROUNDS; round++) {
      const inner = scope.fork();
      if (left === NONE) this.#expressions.value(tree.child(node, "condition"), inner);
      else this.#expressions.bind(left, anyPart(this.#expressions.value(tree.child(node, "right"), inner)), inner);
      this.#block(tree.child(node, "body"), inner);
      if (!scope.join(scope.fork(), inner)) break;
    }
    const otherwise = tree.child(node, "alternative");
    return otherwise === NONE || this.#block(tree.child(otherwise, "body"), scope);
  }

  #with(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const end = tree.child(node, "body");
    for (let inner = node + 1; inner < end; inner++) {
      if (tree.kind(inner) !== "with_item") continue;
      const held = tree.child(inner, "value");
      if (tree.kind(held) !== "as_pattern") {
        this.#expressions.value(held, scope);
        continue;
      }
      const value = this.#expressions.value(held + 1, scope);
      const alias = tree.child(held, "alias");
      if (alias !== NONE) this.#expressions.bind(alias + 1, value, scope);
    }
    return this.#block(end, scope);
  }

  #try(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const body = scope.fork();
    const ends = this.#block(tree.child(node, "body"), body) ? [body] : [];
    for (const clause of tree.children(node)) {
      const kind = tree.kind(clause);
      if (kind !== "except_clause" && kind !== "except_group_clause") continue;
      const inner = scope.fork();
      inner.join(scope, body);
      this.#caught(clause, inner);
      if (this.#bodyOf(clause, inner)) ends.push(inner);
    }
    scope.join(...(ends.length > 0 ? ends : [body]));
    const last = [...tree.children(node)].filter((one) => AFTER_TRY.has(tree.kind(one)));
    return last.every((clause) => this.#bodyOf(clause, scope)) && ends.length > 0;
  }

  /** Whatever may have gone wrong tells of the program; what was expected is made to be told. */
  #caught(clause: Node, scope: Scope): void {
    const tree = this.#tree;
    const pattern = clause + 2;
    if (tree.kind(pattern) !== "as_pattern") return;
    const ref = EVERYTHING.test(tree.textOf(pattern + 1)) ? "caught" : undefined;
    const taint = ref && this.#engine.sourceOf(ref, pattern);
    this.#expressions.bind(tree.child(pattern, "alias") + 1, { taint: taint || undefined, ref }, scope);
  }

  #bodyOf(clause: Node, scope: Scope): GoesOn {
    const body = [...this.#tree.children(clause)].find((one) => this.#tree.kind(one) === "block");
    return body === undefined || this.#block(body, scope);
  }

  #match(node: Node, scope: Scope): GoesOn {
    const tree = this.#tree;
    const { literal } = this.#expressions.value(tree.child(node, "subject"), scope);
    const { clauses, isSure } = casesFor(tree, node, literal);
    const before = scope.fork();
    const ways: Scope[] = [];
    for (const clause of clauses) {
      const way = before.fork();
      if (!this.#block(tree.child(clause, "consequence"), way)) continue;
      ways.push(way);
    }
    if (ways.length === 0) return !isSure;
    scope.join(...(isSure ? ways : [before, ...ways]));
    return true;
  }
}

import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";

export interface Parameter {
  readonly node: Node;
  /** A name, or what is taken apart. */
  readonly pattern: Node;
  readonly type: string;
  /** What it is when nothing is given. */
  readonly value: Node;
  readonly decorator: string;
  readonly isRest: boolean;
  /** It is kept in the object as well. */
  readonly isKept: boolean;
}

/** Of a function, a method or an arrow. */
export function scriptParameters(tree: SyntaxTree, fn: Node): Parameter[] {
  const single = tree.child(fn, "parameter");
  if (single !== NONE) return [parameterOf(tree, single)];
  const list = tree.child(fn, "parameters");
  if (list === NONE) return [];
  const parameters: Parameter[] = [];
  const end = tree.after(list);
  for (let child = list + 1; child < end; child = tree.after(child)) {
    if (!tree.isNamed(child) || tree.kind(child) === "comment") continue;
    const parameter = parameterOf(tree, child);
    // `this` is no parameter but for its type.
    if (tree.kind(parameter.pattern) !== "this") parameters.push(parameter);
  }
  return parameters;
}

function parameterOf(tree: SyntaxTree, node: Node): Parameter {
  const kind = tree.kind(node);
  const isTyped = kind === "required_parameter" || kind === "optional_parameter";
  const named = isTyped ? tree.child(node, "pattern") : kind === "assignment_pattern" ? tree.child(node, "left") : node;
  const isRest = tree.kind(named) === "rest_pattern";
  const type = isTyped ? tree.child(node, "type") : NONE;
  return {
    node,
    pattern: isRest ? tree.after(named + 1) : named,
    type: type === NONE ? "" : tree.textOf(type).replace(/^:\s*/, ""),
    value: isTyped ? tree.child(node, "value") : kind === "assignment_pattern" ? tree.child(node, "right") : NONE,
    decorator: isTyped ? decoratorOf(tree, node) : "",
    isRest,
    isKept: isTyped && /^(?:public|private|protected|readonly)\s/.test(tree.textOf(node)),
  };
}

function decoratorOf(tree: SyntaxTree, node: Node): string {
  const decorator = tree.child(node, "decorator");
  return decorator === NONE ? "" : (/^@(\w+)/.exec(tree.textOf(decorator))?.[1] ?? "");
}

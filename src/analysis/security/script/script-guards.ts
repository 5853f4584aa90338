// What JavaScript's conditions say of names.
import { NONE, type Node, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import { EVERY_KIND, type Rules } from "../rules.ts";
import { type Scope, taintOf, type Value } from "../value.ts";
import { bothOf, negated, oneOf, VOUCHES_FOR_NOBODY, type Vouched, vouchesWhenTrue } from "../vouched.ts";

/** What people call those that look whether something is in order. */
const CHECKS =
  /(?:^|[._])(?:is_?|has_?|check_?|validate_?|verify_?|ensure_?|assert_?)?(?:valid|safe|allow|permit|whitelist|trusted|sane|authorized|within|inside|sub_?path|local_?url|same_?origin|known|supported)|(?:^|\.)validator\.is|(?:^|\.)is(?:UUID|Uuid|Alpha|Numeric|Int|Integer|SafeInteger|Finite|Hex|Slug|Email|Mongo|ObjectId|IP)/i;
/** Of a list, whether it has it. */
const HOLDS = new Set(["includes", "has", "hasOwnProperty", "hasOwn", "contains"]);
const FINDS = new Set(["indexOf", "findIndex", "search", "lastIndexOf"]);
/** A path or an address whose dots and names were worked out. */
const RESOLVED = /resolve|normalize|realpath|relative|\.(?:host(?:name)?|origin|protocol)\b/;
const NO_FURTHER = /^(?:\.\.[/\\]?|\.?[/\\]|\0|__proto__|constructor|prototype|~|%2e%2e|\/\/|\/\\)$/i;
/** An address up to where its host ends. */
const HOST = /^(?:https?:\/\/[^/?#@]+[/?#]|\/[^/\\])/;
const COMPARES = new Set(["==", "===", "!=", "!==", "<", ">", "<=", ">="]);

export class ScriptGuards {
  readonly #tree: SyntaxTree;
  readonly #rules: Rules;
  readonly #value: (node: Node, scope: Scope) => Value;

  constructor(tree: SyntaxTree, rules: Rules, value: (node: Node, scope: Scope) => Value) {
    this.#tree = tree;
    this.#rules = rules;
    this.#value = value;
  }

  of(condition: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    switch (tree.kind(condition)) {
      case "parenthesized_expression":
        return this.of(condition + 2, scope);
      case "await_expression":
        return this.of(condition + 2, scope);
      case "unary_expression": {
        const argument = tree.child(condition, "argument");
        return tree.textOf(condition).startsWith("!") ? negated(this.of(argument, scope)) : VOUCHES_FOR_NOBODY;
      }
      case "binary_expression":
        return this.#binary(condition, scope);
      case "call_expression":
        return this.#call(condition, scope);
      case "identifier":
        return vouchesWhenTrue([scope.get(tree.textOf(condition))?.vouchesFor]);
      case "subscript_expression":
        // A table that has it: `ALLOWED[name]`.
        return this.#isForeign(tree.child(condition, "object"), scope)
          ? VOUCHES_FOR_NOBODY
          : vouchesWhenTrue([this.nameIn(tree.child(condition, "index"), scope)]);
      default:
        return VOUCHES_FOR_NOBODY;
    }
  }

  #binary(condition: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    const operator = tree.textOf(tree.child(condition, "operator"));
    const [left, right] = [tree.child(condition, "left"), tree.child(condition, "right")];
    if (operator === "&&") return bothOf(this.of(left, scope), this.of(right, scope));
    if (operator === "||") return oneOf(this.of(left, scope), this.of(right, scope));
    if (operator === "in") return vouchesWhenTrue([this.nameIn(left, scope)]);
    return COMPARES.has(operator) ? this.#compared(left, operator, right, scope) : VOUCHES_FOR_NOBODY;
  }

  #compared(left: Node, operator: string, right: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    const found = this.#findings(left, operator, right, scope);
    if (found) return found;
    if (tree.textOf(left).startsWith("typeof ")) return this.#typed(left, operator, right, scope);
    if (!operator.includes("=") || operator === "<=" || operator === ">=") return VOUCHES_FOR_NOBODY;
    const [one, other] = this.nameIn(left, scope) === undefined ? [right, left] : [left, right];
    if (this.#saysNothing(other) || this.#isForeign(other, scope) || LENGTH.test(tree.textOf(one)))
      return VOUCHES_FOR_NOBODY;
    const { literal } = this.#value(other, scope);
    const isRefused = typeof literal === "string" && NO_FURTHER.test(literal);
    const name = vouchesWhenTrue([this.nameIn(one, scope)]);
    const vouched = isRefused ? negated(name) : name;
    return operator.startsWith("!") ? negated(vouched) : vouched;
  }

  /** `typeof x === "string"`: of a number nothing comes, of a text what no object can do. */
  #typed(left: Node, operator: string, right: Node, scope: Scope): Vouched {
    const type = this.#tree.textOf(right).slice(1, -1);
    const kinds = /^(?:number|boolean|bigint)$/.test(type)
      ? EVERY_KIND
      : type === "string"
        ? this.#rules.objectKinds
        : 0;
    const vouched = vouchesWhenTrue([this.nameIn(left, scope)], kinds);
    return operator.startsWith("!") ? negated(vouched) : vouched;
  }

  /** `list.indexOf(x) !== -1`, and the other ways to write it. */
  #findings(left: Node, operator: string, right: Node, scope: Scope): Vouched | undefined {
    const tree = this.#tree;
    if (tree.kind(left) !== "call_expression") return undefined;
    const method = this.#method(left);
    if (!FINDS.has(method)) return undefined;
    const said = `${operator} ${tree.textOf(right)}`;
    const vouched = this.#held(left, scope, method);
    if (/^(?:!==? -1|> -1|>= 0)$/.test(said)) return vouched;
    if (/^(?:===? -1|< 0)$/.test(said)) return negated(vouched);
    // Where it begins with it.
    return /^===? 0$/.test(said) ? vouched : /^!==? 0$/.test(said) ? negated(vouched) : VOUCHES_FOR_NOBODY;
  }

  #call(call: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    const callee = tree.child(call, "function");
    const name = tree.textOf(callee);
    const method = this.#method(call);
    const args = this.#arguments(call);
    const [first = NONE] = args;
    const object = tree.child(callee, "object");
    if (HOLDS.has(method)) return this.#held(call, scope, method);
    if (method === "call" && tree.textOf(object).endsWith("hasOwnProperty"))
      return vouchesWhenTrue([this.nameIn(args[1] ?? NONE, scope)]);
    switch (method || name) {
      case "isNaN":
        return negated(vouchesWhenTrue([this.nameIn(first, scope)]));
      case "isAbsolute":
        return VOUCHES_FOR_NOBODY;
      case "test":
      case "exec":
        return this.#matched(object, first, scope);
      case "match":
        return this.#matched(first, object, scope);
      case "startsWith":
      case "endsWith":
        return this.#begins(object, first, scope);
      case "some":
      case "every":
      case "find":
        return this.#someOf(first, scope);
      default:
        if (!CHECKS.test(name)) return VOUCHES_FOR_NOBODY;
        return vouchesWhenTrue([...args, object].map((one) => this.nameIn(one, scope)));
    }
  }

  /** `ALLOWED.includes(x)`; `x.includes("..")` the other way round. */
  #held(call: Node, scope: Scope, method: string): Vouched {
    const tree = this.#tree;
    const [first = NONE, second = NONE] = this.#arguments(call);
    if (method === "hasOwn") return vouchesWhenTrue([this.nameIn(second, scope)]);
    const object = tree.child(tree.child(call, "function"), "object");
    if (object === NONE) return VOUCHES_FOR_NOBODY;
    const list = this.#value(object, scope);
    const all = [...(list.parts?.values() ?? [])];
    const isRefusal =
      all.length > 0 && all.every(({ literal }) => typeof literal === "string" && NO_FURTHER.test(literal));
    if (isRefusal) return negated(vouchesWhenTrue([this.nameIn(first, scope)]));
    if (taintOf(list)) {
      const { literal } = this.#value(first, scope);
      const isRefused = typeof literal === "string" && NO_FURTHER.test(literal);
      if (isRefused) return negated(vouchesWhenTrue([this.nameIn(object, scope)]));
      return VOUCHES_FOR_NOBODY;
    }
    return vouchesWhenTrue([this.nameIn(first, scope)]);
  }

  /** Whether a pattern says something of all of it, or of what must not be in it. */
  #matched(pattern: Node, subject: Node, scope: Scope): Vouched {
    const { ref } = this.#value(pattern, scope);
    const source = ref?.startsWith("/") ? ref : undefined;
    const names = vouchesWhenTrue([this.nameIn(subject, scope)]);
    if (source === undefined) return taintOf(this.#value(pattern, scope)) ? VOUCHES_FOR_NOBODY : names;
    if (/^\/(?:\^|\(\?:\^).*\$\)?\/[a-z]*$/s.test(source) || HOST.test(source.slice(2).replaceAll("\\", "")))
      return names;
    // `/[^a-z]/.test(x)` and `/\.\./.test(x)` say what must not be in it.
    return /^\/(?:\[\^|\\\.|\(?\.\.|\[[^\]]*[;&|<>$`\\][^\]]*\])/.test(source) ? negated(names) : VOUCHES_FOR_NOBODY;
  }

  /** Where it begins says something once its dots are worked out, or where the beginning is a whole host. */
  #begins(object: Node, beginning: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    const subject = this.#value(object, scope);
    const { literal } = this.#value(beginning, scope);
    const isResolved =
      RESOLVED.test(tree.textOf(object)) || (taintOf(subject)?.steps ?? []).some(({ what }) => RESOLVED.test(what));
    const isHost = typeof literal === "string" && HOST.test(literal);
    const name = this.nameIn(object, scope);
    if (literal === "..") return negated(vouchesWhenTrue([name]));
    // With two slashes an address names a host.
    if (literal === "//") return negated(vouchesWhenTrue([name], this.#rules.kindOf("open-redirect")));
    return isResolved || isHost ? vouchesWhenTrue([name]) : VOUCHES_FOR_NOBODY;
  }

  /** `ALLOWED.some((one) => name === one)` says of the name what is said inside. */
  #someOf(fn: Node, scope: Scope): Vouched {
    const tree = this.#tree;
    const body = tree.child(fn, "body");
    if (tree.kind(fn) !== "arrow_function" || body === NONE || tree.kind(body) === "statement_block")
      return VOUCHES_FOR_NOBODY;
    const { whenTrue } = this.of(body, scope);
    if (whenTrue.size > 0) return { whenTrue, whenFalse: new Map() };
    return /\.(?:startsWith|endsWith|test|match)\(/.test(tree.textOf(body))
      ? vouchesWhenTrue([this.nameIn(body, scope)])
      : VOUCHES_FOR_NOBODY;
  }

  #method(call: Node): string {
    const tree = this.#tree;
    const property = tree.child(tree.child(call, "function"), "property");
    return property === NONE ? "" : tree.textOf(property);
  }

  #arguments(call: Node): Node[] {
    const tree = this.#tree;
    const list = tree.child(call, "arguments");
    return list === NONE ? [] : [...tree.children(list)].filter((one) => tree.isNamed(one));
  }

  /** Whoever compares with what comes from outside has compared nothing. */
  #isForeign(node: Node, scope: Scope): boolean {
    return taintOf(this.#value(node, scope)) !== undefined;
  }

  /** Whether something is there at all says nothing of what it is. */
  #saysNothing(node: Node): boolean {
    return /^(?:undefined|null|""|''|``|true|false|0|void 0|\{\}|\[\])$/.test(this.#tree.textOf(node));
  }

  /** The first name, or name of a name, in it that somebody else has a say in. */
  nameIn(node: Node, scope: Scope): string | undefined {
    const tree = this.#tree;
    if (node === NONE) return undefined;
    const end = tree.after(node);
    for (let inner = node; inner < end; inner++) {
      const kind = tree.kind(inner);
      const isName = kind === "identifier" || (kind === "member_expression" && MEMBER.test(tree.textOf(inner)));
      if (!isName || !taintOf(this.#value(inner, scope))) continue;
      return kind === "identifier" ? tree.textOf(inner) : this.#shortest(inner);
    }
    return undefined;
  }

  /** Of `req.query.url.length` it is `req.query.url` that is looked at; of `parsed.hostname` it is `parsed`. */
  #shortest(member: Node): string {
    const tree = this.#tree;
    const object = tree.child(member, "object");
    const property = tree.textOf(tree.child(member, "property"));
    return PROPERTIES.has(property) ? tree.textOf(object) : tree.textOf(member);
  }
}

const MEMBER = /^[\w$]+(?:\??\.[\w$]+)+$/;
const LENGTH = /\.(?:length|size)$/;
const PROPERTIES = new Set(["length", "hostname", "host", "origin", "protocol", "pathname"]);

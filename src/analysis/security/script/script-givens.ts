// What is known of a parameter when nobody is seen who calls.
import { NONE, type SyntaxTree } from "../../syntax/syntax-tree.ts";
import type { Rules } from "../rules.ts";
import { type Taint, UNKNOWN, type Value } from "../value.ts";
import type { Parameter } from "./script-parameters.ts";

const BY_TYPE: readonly (readonly [RegExp, string])[] = [
  [/(?:^|\.)(?:\w*Request|IncomingMessage)(?:$|<)/, "request"],
  [/(?:^|\.)(?:\w*Response|ServerResponse|FastifyReply)(?:$|<)/, "response"],
  [/(?:^|\.)(?:Koa)?Context(?:$|<)/, "ctx"],
];
/** What leads nowhere: numbers, truths, dates, and one of some words. */
const HARMLESS = /^(?:(?:number|boolean|bigint|Date|null|undefined|symbol|['"][^'"]*['"])(?:\s*\|\s*)?)+$/;
const FROM_REQUEST = new Set([
  "Query",
  "Param",
  "Params",
  "Body",
  "Headers",
  "Header",
  "Cookies",
  "UploadedFile",
  "QueryParam",
  "BodyParam",
  "Args",
]);
const REQUEST = "comes with the request";

/** By its type, by who decorates it, by its name. */
export function givenTo(tree: SyntaxTree, parameter: Parameter, rules: Rules, source: string | undefined): Value {
  const { node, pattern, type, decorator } = parameter;
  if (HARMLESS.test(type)) return UNKNOWN;
  if (/^Req(?:uest)?$/.test(decorator)) return { ref: "request" };
  if (/^Res(?:ponse)?$/.test(decorator)) return { ref: "response" };
  if (FROM_REQUEST.has(decorator)) return { taint: tainted(node, REQUEST, "high", REQUEST) };
  if (isAskedOfResolver(tree, node)) return { taint: tainted(node, REQUEST, "high", REQUEST), ref: "args" };
  // What a framework hands over with the request, when nothing else is taken out of it.
  const taken = tree.textOf(pattern);
  if (PAGE.test(taken) || LOADED.test(taken)) {
    const parts = PAGE_PARTS.map((part) => [part, requestPart(node, part)] as const);
    return { parts: new Map([...parts, ["request", { ref: "request" }], ["fetch", { ref: "fetch" }]]) };
  }
  const typed = BY_TYPE.find(([one]) => one.test(type));
  if (typed) return { ref: typed[1] };
  const name = tree.kind(pattern) === "identifier" ? tree.textOf(pattern) : "";
  const known = rules.aliases.get(name);
  if (known !== undefined) return { ref: known };
  if (source !== undefined) return { taint: tainted(node, source, "high", source), ref: name };
  const what = name === "" ? "a parameter" : `the parameter ${name}`;
  const ref = name === "" ? undefined : name;
  return { taint: tainted(node, what, "low", `is ${what}`), ref };
}

const PAGE = /^\{\s*(?:(?:request|params|searchParams|context)\s*(?:,\s*)?)+\}$/;
/** `Query: { user: (parent, args) => … }`: what a question to a graph asks with. */
function isAskedOfResolver(tree: SyntaxTree, parameter: number): boolean {
  const list = tree.parent(parameter);
  if (tree.kind(list) !== "formal_parameters") return false;
  const before = [...tree.children(list)].filter((one) => tree.isNamed(one) && one < parameter);
  const fn = tree.parent(list);
  const field = tree.kind(fn) === "method_definition" ? fn : tree.parent(fn);
  const type = tree.parent(tree.parent(field));
  return before.length === 1 && tree.kind(type) === "pair" && ASKED.test(tree.textOf(tree.child(type, "key")));
}

const ASKED = /^(?:Query|Mutation|Subscription)$/;
/** What a page is loaded with: an address is one of a request where it comes together with how to ask for more. */
const LOADED =
  /^\{(?=[^}]*\b(?:fetch|cookies|locals|setHeaders)\b)(?=[^}]*\burl\b)\s*(?:(?:url|fetch|cookies|locals|setHeaders|params|request|route|parent|depends)\s*(?:,\s*)?)+\}$/;
const PAGE_PARTS = ["params", "searchParams", "url"];

function requestPart(node: number, part: string): Value {
  return { taint: tainted(node, REQUEST, "high", REQUEST), ref: `request.${part}` };
}

function tainted(node: number, source: string, sure: Taint["sure"], what: string): Taint {
  return { source, sure, steps: node === NONE ? [] : [{ node, what }], safeFor: 0 };
}

// What a statement does, told by its tree: a word in a text or in another statement is none of it.
import { isRecord } from "../../../base/json.ts";

/** Rules of `sql-rules.ts` that a tree answers better than words do. */
export const TREE_RULES = ["changes-every-row", "deletes-every-row", "compared-with-null", "rows-in-no-order"] as const;
export type TreeRule = (typeof TREE_RULES)[number];

/** What nests deeper has been looked at enough. */
const DEPTH_MAX = 200;
const EQUALS = new Set(["=", "<>", "!="]);

export function rulesOfTree(tree: unknown): ReadonlySet<TreeRule> {
  const found = new Set<TreeRule>();
  look(tree, 0, found);
  return found;
}

function look(value: unknown, depth: number, found: Set<TreeRule>): void {
  if (depth > DEPTH_MAX) return;
  if (Array.isArray(value)) {
    for (const one of value) look(one, depth + 1, found);
    return;
  }
  if (!isRecord(value)) return;
  for (const [kind, inner] of Object.entries(value)) {
    if (isRecord(inner)) {
      const rule = ruleOf(kind, inner);
      if (rule) found.add(rule);
    }
    look(inner, depth + 1, found);
  }
}

function ruleOf(kind: string, node: Readonly<Record<string, unknown>>): TreeRule | undefined {
  switch (kind) {
    case "UpdateStmt":
      return node["whereClause"] === undefined ? "changes-every-row" : undefined;
    case "DeleteStmt":
      return node["whereClause"] === undefined ? "deletes-every-row" : undefined;
    case "A_Expr":
      return isComparedWithNull(node) ? "compared-with-null" : undefined;
    case "SelectStmt":
      return isCutInNoOrder(node) ? "rows-in-no-order" : undefined;
    default:
      return undefined;
  }
}

function isComparedWithNull({ kind, name, lexpr, rexpr }: Readonly<Record<string, unknown>>): boolean {
  const operator = inside(name, "0", "String", "sval");
  const isEquality = kind === "AEXPR_OP" && typeof operator === "string" && EQUALS.has(operator);
  return isEquality && [lexpr, rexpr].some((side) => inside(side, "A_Const", "isnull") === true);
}

/** One row is often all that there is. */
function isCutInNoOrder({ limitCount, limitOffset, sortClause }: Readonly<Record<string, unknown>>): boolean {
  if (sortClause !== undefined || (limitCount === undefined && limitOffset === undefined)) return false;
  const count = inside(limitCount, "A_Const", "ival", "ival");
  return limitOffset !== undefined || (typeof count === "number" && count > 1);
}

function inside(value: unknown, ...keys: readonly string[]): unknown {
  let found = value;
  for (const key of keys) {
    if (Array.isArray(found)) found = found[Number(key)];
    else found = isRecord(found) ? found[key] : undefined;
  }
  return found;
}

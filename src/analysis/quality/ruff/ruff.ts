// Mistakes and habits in Python, as ruff knows them. Its WebAssembly is unpacked when the first file of Python comes.
import { initSync, PositionEncoding, Workspace } from "@astral-sh/ruff-wasm-web";
import { z } from "zod";
import { FileFindings, type Replacement } from "../../file-findings.ts";
import type { Finding } from "../../finding.ts";
import type { SyntaxTree } from "../../syntax/syntax-tree.ts";
import { unpacked } from "../../unpacked.ts";
import { withoutPiece } from "../quality-rule.ts";
import { type RuffRule, ruffRules } from "./ruff-rules.ts";
import { STANDARD_MODULES } from "./standard-modules.ts";

const Place = z.object({ row: z.number().int(), column: z.number().int() });
const Diagnostic = z.object({
  code: z.string().nullable(),
  message: z.string(),
  start_location: Place,
  end_location: Place,
  fix: z
    .object({
      edits: z.array(z.object({ content: z.string().nullable(), location: Place, end_location: Place })),
    })
    .nullable(),
});
type Diagnostic = z.infer<typeof Diagnostic>;

/** It goes down as deep as the code does, and its stack is small; nobody writes as deep. */
const DEPTH_MAX = 500;
/** More of one rule in one file nobody reads. */
const FOUND_MAX = 50;
/** Python refuses the whole file, so that one place is enough. */
const SYNTAX = "invalid-syntax";
/** What only newer versions have is no mistake. */
const NEWEST = "py314";
/** What a package gives on looks unused in its own file, and its modules are names of it. */
const PACKAGE = { path: /(^|\/)__init__\.pyi?$/, knows: new Set(["F401", "F822"]) };
/** Names come about in other ways there than by being written. */
const MADE = { text: /\b(?:globals\(\)|vars\(\)|exec\(|_convert_\()/, knows: new Set(["F821", "F822"]) };

let ready: Promise<Workspace> | undefined;
/** One that has come to the end of its stack may answer anything. */
let isBroken = false;

async function open(): Promise<Workspace> {
  initSync({ module: unpacked(await import("./ruff.b64", { with: { type: "text" } })) });
  return new Workspace({ "target-version": NEWEST, lint: { select: [...ruffRules().keys()] } }, PositionEncoding.Utf16);
}

export async function ruffFindings(path: string, tree: SyntaxTree): Promise<readonly Finding[]> {
  if (isBroken || tree.depth > DEPTH_MAX) return [];
  ready ??= open();
  const workspace = await ready;
  let told: readonly Diagnostic[];
  try {
    told = z.array(Diagnostic).parse(workspace.check(tree.text));
  } catch {
    isBroken = true;
    return [];
  }
  const isLeft = (code: string) =>
    (PACKAGE.knows.has(code) && PACKAGE.path.test(path)) || (MADE.knows.has(code) && MADE.text.test(tree.text));
  const findings = new FileFindings(path, tree.text, tree.lines);
  const counts = new Map<string, number>();
  for (const one of told) {
    const code = one.code ?? SYNTAX;
    const count = counts.get(code) ?? 0;
    counts.set(code, count + 1);
    if (count >= (code === SYNTAX ? 1 : FOUND_MAX) || isLeft(code)) continue;
    add(findings, tree, one, code === SYNTAX ? UNREADABLE : ruffRules().get(code));
  }
  return findings.all;
}

/** Other versions of Python may read it. */
const UNREADABLE: RuffRule = {
  severity: "high",
  help: "Mend it: Python 3 refuses the file.",
  sure: true,
  habit: false,
  fix: false,
};

/** A module may do something when it is loaded: its last import stays, unless it is one that does not. */
function staysTheSame({ code, message, fix }: Diagnostic): boolean {
  if (code !== "F401" || fix?.edits.some(({ content }) => content)) return true;
  const [, module = ""] = /`([^`.]+)/.exec(message) ?? [];
  return STANDARD_MODULES.has(module);
}

function add(findings: FileFindings, { text, lines }: SyntaxTree, told: Diagnostic, rule: RuffRule | undefined): void {
  if (!rule) return;
  const at = ({ row, column }: { row: number; column: number }) =>
    Math.min(text.length, (lines[row - 1] ?? text.length) + column - 1);
  const replacement = (one: NonNullable<Diagnostic["fix"]>["edits"][number]): Replacement => {
    const [start, end] = [at(one.location), at(one.end_location)];
    return one.content ? { start, end, text: one.content } : withoutPiece(text, start, end);
  };
  findings.add({
    rule: `ruff/${told.code ?? SYNTAX}`,
    area: rule.habit ? "maintainability" : "reliability",
    message: told.message,
    severity: rule.severity,
    confidence: rule.sure ? "high" : "medium",
    help: rule.help,
    start: at(told.start_location),
    end: at(told.end_location),
    fix: rule.fix && staysTheSame(told) ? told.fix?.edits.map(replacement) : undefined,
  });
}

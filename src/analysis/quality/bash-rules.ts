// What in shell scripts breaks on a name with a space, on a variable that is empty, or on somebody who waits for it.
import { NONE, type Node, type SyntaxTree } from "../syntax/syntax-tree.ts";
import { about, namedChildren, type QualityRule } from "./quality-rule.ts";

const nameOf = (tree: SyntaxTree, node: Node) => tree.textOf(tree.child(node, "name"));
const EXPANSIONS = new Set(["simple_expansion", "expansion", "command_substitution"]);
const SHELLS = /^(?:sudo|ba|da|z|k)?sh$|^(?:python[\d.]*|node|perl|ruby)$/;
/** Numbers, and what never holds a space. */
const SPACELESS = /^\$\{?[?#$!0-9]\}?$|^\$\{#|^\$\(\(/;

function argumentsOf(tree: SyntaxTree, command: Node): Node[] {
  return [...tree.children(command)].filter((one) => tree.field(one) === "argument");
}

function isFlagged(tree: SyntaxTree, command: Node, flag: RegExp): boolean {
  return argumentsOf(tree, command).some((one) => flag.test(tree.textOf(one)));
}

/** A parameter that stands where words are split: not in quotes, not assigned, not between [[ and ]]. */
function isSplit(tree: SyntaxTree, node: Node): boolean {
  const parent = tree.parent(node);
  const holder = tree.kind(parent) === "concatenation" ? tree.parent(parent) : parent;
  const isArgument = tree.field(tree.kind(parent) === "concatenation" ? parent : node) === "argument";
  return tree.kind(holder) === "command" && isArgument;
}

/** What removing takes as its root when a variable is empty. */
function isRootWhenEmpty(tree: SyntaxTree, argument: Node): boolean {
  const text = tree.textOf(argument).replaceAll(/["']/g, "");
  return /^\$(?:\w+|\{\w+\})\/?(?:\*|$|[^?]*\/\*?$)|^\$(?:\w+|\{\w+\})\/[\w*.-]+/.test(text);
}

function isPiped(tree: SyntaxTree, node: Node, from: RegExp): boolean {
  const parts = namedChildren(tree, node);
  return parts.some((one, at) => {
    const next = parts[at + 1];
    return next !== undefined && from.test(nameOf(tree, one)) && SHELLS.test(programOf(tree, next));
  });
}

/** What is run, sudo aside. */
function programOf(tree: SyntaxTree, command: Node): string {
  const name = nameOf(tree, command);
  const [first] = argumentsOf(tree, command);
  return name === "sudo" && first !== undefined ? tree.textOf(first) : name;
}

const FETCHES = /^(?:curl|wget|fetch)$/;
const hasExit = (tree: SyntaxTree) => /^\s*set\s+-\w*e|set\s+-o\s+errexit|^#!.*\s-\w*e/m.test(tree.text);

export const BASH_RULES: readonly QualityRule[] = [
  {
    id: "split-words",
    kinds: ["simple_expansion", "expansion"],
    severity: "low",
    message: "Without quotes a value with a space becomes several words, and a star becomes files.",
    help: 'Put it between double quotes: "$name".',
    find: about((tree, node) => !SPACELESS.test(tree.textOf(node)) && isSplit(tree, node)),
  },
  {
    id: "removes-everything",
    kinds: ["command"],
    severity: "high",
    message: "When the variable is empty, this removes from the root on.",
    help: 'Write "${name:?}": it then stops where it is empty.',
    cwe: [73],
    find: (tree, node) => {
      if (programOf(tree, node) !== "rm" || !isFlagged(tree, node, /^-\w*[rR]|^--recursive$/)) return undefined;
      return argumentsOf(tree, node).find((one) => isRootWhenEmpty(tree, one));
    },
  },
  {
    id: "runs-what-it-fetches",
    kinds: ["pipeline"],
    severity: "high",
    message: "What comes over the network is run before anybody has seen it, even when it is cut off.",
    help: "Fetch it into a file, compare its checksum, then run it.",
    cwe: [494],
    find: about((tree, node) => isPiped(tree, node, FETCHES)),
  },
  {
    id: "evaluates",
    kinds: ["command"],
    severity: "high",
    confidence: "medium",
    message: "What is in a variable is read as a command.",
    help: 'Keep a command in an array, and run "${command[@]}".',
    cwe: [95],
    find: about(
      (tree, node) =>
        nameOf(tree, node) === "eval" &&
        argumentsOf(tree, node).some(
          (one) =>
            /\$/.test(tree.textOf(one)) &&
            !/^["']?\$\((?:ssh-agent|brew|direnv|opam|rbenv|pyenv|dircolors|starship|zoxide)\b/.test(tree.textOf(one)),
        ),
    ),
  },
  {
    id: "certificate-not-checked",
    kinds: ["command"],
    severity: "high",
    message: "Whoever is in between can be whoever they like.",
    help: "Leave the check on.",
    cwe: [295],
    find: about((tree, node) => {
      const name = programOf(tree, node);
      if (name === "curl") return isFlagged(tree, node, /^-\w*k\w*$|^--insecure$/);
      if (name === "wget") return isFlagged(tree, node, /^--no-check-certificate$/);
      return /^(?:ssh|scp|rsync|sftp)$/.test(name) && /StrictHostKeyChecking[= ]no/.test(tree.textOf(node));
    }),
  },
  {
    id: "known-temporary-file",
    kinds: ["file_redirect"],
    severity: "medium",
    message: "Whoever knows the name can put a link there before.",
    help: "Use mktemp.",
    cwe: [377],
    find: about((tree, node) => {
      const text = tree.textOf(tree.child(node, "destination")).replaceAll('"', "");
      return /^\/(?:var\/)?tmp\//.test(text) && tree.textOf(node).startsWith(">");
    }),
  },
  {
    id: "open-permissions",
    kinds: ["command"],
    severity: "medium",
    message: "Every account of the machine may change it.",
    help: "Give 755 or 644 at most.",
    cwe: [732],
    find: about(
      (tree, node) =>
        programOf(tree, node) === "chmod" && isFlagged(tree, node, /^0?[0-7]{2}[2367]$|^(?:a|o)?\+\w*w|^o\+w/),
    ),
  },
  {
    id: "folder-not-changed",
    kinds: ["command"],
    severity: "low",
    message: "Where this fails, everything after it happens in the wrong folder.",
    help: "Write cd … || exit, or set -e at the top.",
    find: about(
      (tree, node) =>
        nameOf(tree, node) === "cd" &&
        argumentsOf(tree, node).length > 0 &&
        !hasExit(tree) &&
        /^(?:program|compound_statement|do_group)$/.test(tree.kind(tree.parent(node))),
    ),
  },
  {
    id: "failure-in-pipe-lost",
    kinds: ["program"],
    severity: "low",
    message: "With set -e alone, only the last program of a pipe is looked at.",
    help: "Write set -o pipefail too.",
    find: (tree) => {
      if (!hasExit(tree) || /pipefail/.test(tree.text) || /^#!.*\/(?:da)?sh\b/.test(tree.text)) return undefined;
      for (let at = 0; at < tree.count; at++)
        if (tree.kind(at) === "pipeline" && tree.kind(tree.parent(at)) === "program") return at;
      return undefined;
    },
  },
  {
    id: "loops-over-listing",
    kinds: ["for_statement"],
    severity: "low",
    message: "Names with spaces fall apart.",
    help: "Write for file in *; for what find answers: find … -exec, or while read -r with -print0.",
    find: (tree, node) =>
      [...tree.children(node)].find(
        (one) => tree.field(one) === "value" && /^(?:\$\(|`)\s*(?:ls|find)\b/.test(tree.textOf(one)),
      ),
  },
  {
    id: "old-substitution",
    kinds: ["command_substitution"],
    severity: "info",
    message: "Backticks cannot stand in each other.",
    help: "Write $(…).",
    find: about((tree, node) => tree.textOf(node).startsWith("`")),
    fix: (tree, node) => {
      const inside = tree.textOf(node).slice(1, -1);
      // What a backslash or a backtick means in there is another thing than in $(…).
      if (/[\\`]/.test(inside)) return undefined;
      return [{ start: tree.start(node), end: tree.end(node), text: `$(${inside})` }];
    },
  },
  {
    id: "reads-escapes",
    kinds: ["command"],
    severity: "info",
    message: "read without -r eats backslashes.",
    help: "Write read -r.",
    find: about((tree, node) => nameOf(tree, node) === "read" && !isFlagged(tree, node, /^-\w*r/)),
  },
  {
    id: "list-as-words",
    kinds: ["simple_expansion"],
    severity: "medium",
    message: "$@ and $* without quotes fall apart at spaces.",
    help: 'Write "$@".',
    find: about((tree, node) => /^\$[@*]$/.test(tree.textOf(node)) && isSplit(tree, node)),
  },
  {
    id: "not-of-sh",
    kinds: ["test_command"],
    severity: "low",
    message: "The first line says sh, which need not know [[.",
    help: "Write #!/usr/bin/env bash, or [ ].",
    find: about((tree, node) => /^#!.*\/(?:env\s+)?(?:da)?sh\b/.test(tree.text) && tree.textOf(node).startsWith("[[")),
  },
  {
    id: "failure-hidden",
    kinds: ["declaration_command"],
    severity: "low",
    message: "What the command failed with is lost: local and export always succeed.",
    help: "Declare it first, and assign it in a line of its own.",
    find: (tree, node) => {
      if (!/^(?:local|export|declare|readonly|typeset)\b/.test(tree.textOf(node))) return undefined;
      const assigned = namedChildren(tree, node).filter((one) => tree.kind(one) === "variable_assignment");
      return assigned.find(
        (one) =>
          tree.child(one, "value") !== NONE &&
          EXPANSIONS.has(tree.kind(tree.child(one, "value"))) &&
          /^[^=]*=(?:\$\(|`)/.test(tree.textOf(one)),
      );
    },
  },
];

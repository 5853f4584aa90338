import { createScanner, type Node } from "jsonc-parser";
import { hasLineBreak, isFirstOnLine, spaceBefore } from "./layout.ts";
import { type Splice, splice } from "./splice.ts";

const COMMA = 5;
const COMMENTS = new Set([12, 13]);
const LINE_BREAK = 14;
const TRIVIA = 15;

/** Takes a member out of its object, with its comma and the comments behind it on the same line. */
export function jsonRemoval(text: string, member: Node): Splice {
  const object = member.parent;
  const members = object?.children ?? [];
  const at = members.indexOf(member);
  const previous = members[at - 1];
  const next = members[at + 1];
  const tail = tailOf(text, member.offset + member.length);
  if (next) return beforeAnother(text, member, next, tail);
  if (previous) return asLast(text, previous, member, tail);
  return asOnly(text, object, member, tail);
}

interface Tail {
  readonly hasComma: boolean;
  /** Behind the comma and what belongs to the member on its line. */
  readonly end: number;
}

function tailOf(text: string, memberEnd: number): Tail {
  const rest = text.slice(memberEnd);
  const beforeComma = skipComments(rest, 0);
  const hasComma = rest[beforeComma.next] === ",";
  if (!hasComma) return { hasComma, end: memberEnd + beforeComma.sameLine };
  // Behind the comma, only what stands on its line is the member's.
  return { hasComma, end: memberEnd + skipComments(rest, beforeComma.next + 1).sameLine };
}

/** Where the next sign stands that is no comment, and where the last comment ends on the line of `from`. */
function skipComments(text: string, from: number): { readonly next: number; readonly sameLine: number } {
  const scanner = createScanner(text, false);
  scanner.setPosition(from);
  let sameLine = from;
  for (;;) {
    const token: number = scanner.scan();
    if (COMMENTS.has(token)) {
      const end = scanner.getPosition();
      if (!hasLineBreak(text.slice(from, scanner.getTokenOffset()))) sameLine = end;
    } else if (token !== TRIVIA && token !== LINE_BREAK) {
      return { next: scanner.getTokenOffset(), sameLine };
    }
  }
}

function beforeAnother(text: string, member: Node, next: Node, tail: Tail): Splice {
  if (!isFirstOnLine(text, member.offset)) {
    const isSameLine = !hasLineBreak(text.slice(member.offset, next.offset));
    return splice(text, member.offset, isSameLine ? next.offset : tail.end, "");
  }
  return splice(text, spaceBefore(text, member.offset), tail.end, "");
}

/** Without a comma of its own, the one before it would be left over. */
function asLast(text: string, previous: Node, member: Node, tail: Tail): Splice {
  const start = spaceBefore(text, member.offset);
  if (tail.hasComma) return splice(text, start, tail.end, "");
  const previousEnd = previous.offset + previous.length;
  const between = text.slice(previousEnd, start);
  return splice(text, previousEnd, tail.end, withoutComma(between));
}

/** The comma may stand behind a comment that has commas itself. */
function withoutComma(between: string): string {
  const scanner = createScanner(between, false);
  for (let token: number = scanner.scan(); scanner.getTokenLength() > 0; token = scanner.scan()) {
    if (token !== COMMA) continue;
    const at = scanner.getTokenOffset();
    return between.slice(0, at) + between.slice(at + 1);
  }
  return between;
}

function asOnly(text: string, object: Node | undefined, member: Node, tail: Tail): Splice {
  const open = (object?.offset ?? 0) + 1;
  const close = (object?.offset ?? 0) + (object?.length ?? 0) - 1;
  const start = spaceBefore(text, member.offset);
  const isNothingElse = text.slice(open, start).trim() === "" && text.slice(tail.end, close).trim() === "";
  return isNothingElse ? splice(text, open, close, "") : splice(text, start, tail.end, "");
}

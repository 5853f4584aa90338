// Texts with `${…}` in them, which is JavaScript; `$${` stands for the two characters themselves. Here they are only
// cut: nothing of what a file says is run in this process.

export type TextPart = { readonly text: string } | { readonly code: string };

const OPEN = "${";
const QUOTES = "'\"`";

/** Undefined when an expression does not end. */
export function partsOf(text: string): readonly TextPart[] | undefined {
  const parts: TextPart[] = [];
  let said = "";
  let at = 0;
  while (at < text.length) {
    if (text.startsWith(`$${OPEN}`, at)) {
      said += OPEN;
      at += OPEN.length + 1;
    } else if (text.startsWith(OPEN, at)) {
      const end = endOf(text, at + OPEN.length);
      if (end === undefined) return undefined;
      if (said !== "") parts.push({ text: said });
      said = "";
      parts.push({ code: text.slice(at + OPEN.length, end).trim() });
      at = end + 1;
    } else said += text[at++];
  }
  if (said !== "") parts.push({ text: said });
  return parts;
}

/** Where the brace stands that closes what was opened before `start`; those in strings do not count. */
function endOf(text: string, start: number): number | undefined {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const char = text[at] ?? "";
    if (QUOTES.includes(char)) {
      const end = endOfString(text, at);
      if (end === undefined) return undefined;
      at = end;
    } else if (char === "{") depth++;
    else if (char === "}" && depth-- === 0) return at;
  }
  return undefined;
}

function endOfString(text: string, start: number): number | undefined {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === quote) return at;
    else if (quote === "`" && text.startsWith(OPEN, at)) {
      const end = endOf(text, at + OPEN.length);
      if (end === undefined) return undefined;
      at = end;
    }
  }
  return undefined;
}

/** What is nothing but an expression, which keeps its kind. */
export function onlyCode(text: string): string | undefined {
  const parts = partsOf(text);
  const [part] = parts ?? [];
  return parts?.length === 1 && part && "code" in part ? part.code : undefined;
}

const PATH = /^[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*|\[\d+\])*$/;

/** `steps.lint.files[0]` → its parts; undefined for what is more than a way to a value. */
export function pathOf(code: string): readonly string[] | undefined {
  return PATH.test(code) ? code.split(/[.[\]]+/).filter((part) => part !== "") : undefined;
}

/** The names that code asks of a global like `steps`; "any" when it cannot be told which. */
export function namesAsked(code: string, global: "steps" | "errors" | "inputs"): ReadonlySet<string> | "any" {
  const named = new RegExp(String.raw`(?<![\w$.])${global}\s*(?:\?\.|\.)\s*([A-Za-z_$][\w$]*)`, "g");
  const names = [...code.matchAll(named)].map(([, name = ""]) => name);
  const asked = [...code.matchAll(new RegExp(String.raw`(?<![\w$.])${global}(?![\w$])`, "g"))].length;
  return asked > names.length ? "any" : new Set(names);
}

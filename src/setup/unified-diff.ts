const CONTEXT_LINES = 3;

/** What changes, line by line, with what stands around it: the edits of setup lie in one stretch. */
export function unifiedDiff(before: string, after: string): string[] {
  const old = linesOf(before);
  const now = linesOf(after);
  let start = 0;
  while (start < Math.min(old.length, now.length) && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < Math.min(old.length, now.length) - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  if (start === old.length && start === now.length) return [];
  const from = Math.max(0, start - CONTEXT_LINES);
  const above = old.slice(from, start);
  const gone = old.slice(start, old.length - end);
  const come = now.slice(start, now.length - end);
  const below = old.slice(old.length - end, old.length - end + CONTEXT_LINES);
  const counted = (lines: readonly string[]) => above.length + lines.length + below.length;
  return [
    `@@ -${old.length === 0 ? 0 : from + 1},${counted(gone)} +${from + 1},${counted(come)} @@`,
    ...above.map((line) => ` ${line}`),
    ...gone.map((line) => `-${line}`),
    ...come.map((line) => `+${line}`),
    ...below.map((line) => ` ${line}`),
  ];
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
}

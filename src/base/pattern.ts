/**
 * Whether a text is as a pattern says, in which `*` stands for anything. Gone through by hand: a pattern is somebody
 * else's, and no regular expression is made of it.
 */
export function isLike(pattern: string, text: string): boolean {
  const [first = "", ...more] = pattern.split("*");
  const last = more.pop();
  if (last === undefined) return pattern === text;
  if (!text.startsWith(first) || !text.endsWith(last) || text.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of more) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

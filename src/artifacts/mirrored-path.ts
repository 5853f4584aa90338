// Where a file of the project has its place below an artifact folder, whatever its path says: the path may come from a
// model or from somebody else's file. Invariants: every part is a plain name on Linux, macOS and Windows, and none of
// them leads up, to a device, into a repository's own folder or to another name than it shows; what is written alike
// on one of these systems is one name on all; a place leads to itself.
import { digest } from "../base/ids.ts";
import { MIRRORED_NAME_BYTES_MAX, MIRRORED_PATH_BYTES_MAX } from "../base/limits.ts";

/** Stands for "..", where it leads out of the project. */
const UP = "_up";
/** Characters that Windows refuses or takes for something else, that are not seen, or that turn the direction of writing. */
const UNSAFE = /[<>:"|?*/\\]|[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;
const DEVICE = /^(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)\d)(?=$|[ .])/;
/** A folder of this name makes git believe whatever settings lie in it; Windows knows it by the short name too. */
const REPOSITORY = /^(\.git|git~\d{1,4})$/;
/** Files that are still being written. */
export const UNFINISHED = /^\.cadre-[0-9a-f]{12}\.part$/;
const ENDING = /(?<=[^.])\.[A-Za-z0-9]{1,16}$/;
const NAME_HASH_CHARS = 8;
const FOLDERS_HASH_CHARS = 16;

/** The parts of the place of a file; none for a path that names no file. */
export function mirroredPath(path: string, workspace = ""): string[] {
  const parts: string[] = [];
  for (const part of relativeTo(workspace, path.toWellFormed()).split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(safeName(part));
    else if (parts.length > 0 && parts.at(-1) !== UP) parts.pop();
    else parts.push(UP);
  }
  return parts.at(-1) === UP ? [] : shorten(parts);
}

/** Names that are one name where upper and lower case, or two spellings of one character, are not told apart. */
export function foldName(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}

/** Without what makes it absolute: models write paths of all kinds. */
function relativeTo(workspace: string, path: string): string {
  const slashed = path.replaceAll("\\", "/").replace(/^\/\/[?.]\//, "");
  const base = `${workspace.replaceAll("\\", "/").replace(/\/+$/, "")}/`;
  const isWindows = /^([a-z]:|\/\/)/i.test(base);
  const isInside = isWindows ? slashed.toLowerCase().startsWith(base.toLowerCase()) : slashed.startsWith(base);
  if (base !== "/" && isInside) return slashed.slice(base.length);
  return slashed.replace(/^[A-Za-z]:/, "");
}

function safeName(part: string): string {
  const composed = part.normalize("NFC");
  const visible = Array.from(composed, (char) =>
    UNSAFE.test(char) || UNSAFE.test(char.normalize("NFKC")) ? "_" : char,
  ).join("");
  // Windows takes these away from the end of a name without a word.
  const trimmed = visible.replace(/^\s+|[\s.]+$/gu, "");
  const name = isReserved(trimmed) ? `_${trimmed}` : trimmed;
  return name === composed && bytesOf(name) <= MIRRORED_NAME_BYTES_MAX ? name : marked(name, composed);
}

function isReserved(name: string): boolean {
  const folded = foldName(name);
  return /^\.*$/.test(folded) || DEVICE.test(folded) || REPOSITORY.test(folded) || UNFINISHED.test(folded);
}

/** A name that had to be changed carries a mark of what it was, so that two of them do not become one. */
function marked(name: string, original: string): string {
  const ending = ENDING.exec(name)?.[0] ?? "";
  const mark = `~${digest(original).slice(0, NAME_HASH_CHARS)}${ending}`;
  let stem = "";
  for (const char of name.slice(0, name.length - ending.length)) {
    if (bytesOf(stem) + bytesOf(char) + mark.length > MIRRORED_NAME_BYTES_MAX) break;
    stem += char;
  }
  return stem + mark;
}

/** A path that is too long keeps its last name. */
function shorten(parts: string[]): string[] {
  const name = parts.at(-1);
  if (name === undefined || bytesOf(parts.join("/")) <= MIRRORED_PATH_BYTES_MAX) return parts;
  return [`~${digest(parts.slice(0, -1).join("/")).slice(0, FOLDERS_HASH_CHARS)}`, name];
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}

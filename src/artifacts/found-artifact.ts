// Artifacts in folders that cadre has mirrored or exported, or that the orchestrator before it has written: there, what
// was made lies in `<task>/<id>.md` or, when it was about files, below `<task>/mirrored`, where its metadata say. Whoever
// wrote the folder is not trusted: what the metadata name is read only inside of their task's folder.
import { z } from "zod";
import { AppError } from "../base/errors.ts";
import { idSchema } from "../base/ids.ts";
import { parseJson, wellFormed } from "../base/json.ts";
import { ARTIFACT_TYPES } from "../base/kinds.ts";
import {
  ARTIFACT_BYTES_MAX,
  ARTIFACT_FILES_MAX,
  ARTIFACT_METADATA_BYTES_MAX,
  IMPORT_NAMES_MAX,
  PATH_CHARS_MAX,
  TITLE_CHARS_MAX,
} from "../base/limits.ts";
import { clip } from "../base/text.ts";
import { Artifact } from "./artifact.ts";
import type { Parts } from "./folder-walk.ts";
import { MARKDOWN } from "./media-type.ts";
import { METADATA_ENDING } from "./mirror-files.ts";
import { openSafeFolder, type SafeFolder } from "./safe-folder.ts";

export interface FoundArtifact extends Pick<Artifact, "name" | "title" | "type" | "mime" | "version"> {
  /** As its files are called. */
  readonly id: string;
  readonly files: readonly string[];
  /** When it was made; undefined when nobody knows. */
  readonly created_ms: number | undefined;
  /** Where what it holds may lie, the best guess first. */
  readonly places: readonly Parts[];
}

const Files = z
  .array(z.string())
  .catch([])
  .transform((paths) => paths.filter((path) => path && path.length <= PATH_CHARS_MAX).slice(0, ARTIFACT_FILES_MAX));
const Time = z
  .string()
  .transform(timeOf)
  .catch(Number.NaN)
  .transform((ms) => (Number.isNaN(ms) ? undefined : ms));

const { name, title, mime, version } = Artifact.shape;
const type = z.enum(ARTIFACT_TYPES).catch("general");
const OurMetadata = z.object({
  id: idSchema("artifact"),
  name,
  title,
  type,
  mime,
  version,
  files: Files,
  file: z.string().regex(/^artifact_[0-9a-f]{12}\.[a-z0-9]{1,16}$/),
  created: Time,
});
const OldMetadata = z.object({
  artifact_id: z.string(),
  summary: z.string().catch(""),
  artifact_type: type,
  file_paths: Files,
  created_at: Time,
  relative_path: z.string().catch(""),
});

const FOLDERS = [[".task_orchestrator", "artifacts"], [".cadre", "artifacts"], ["artifacts"]] as const;
const OLD_FILE = /^artifact_[0-9a-f]{6,12}\.md$/;

/** The folders of artifacts in a project, in what belongs to an orchestrator in it, or else this folder itself. */
export async function artifactFolders(path: string): Promise<SafeFolder[]> {
  const found: SafeFolder[] = [];
  for (const below of FOLDERS) {
    const folder = await openSafeFolder(path, { below });
    if ((await folder.names([])).length > 0) found.push(folder);
  }
  return found.length > 0 ? found : [await openSafeFolder(path)];
}

export async function taskFolders(folder: SafeFolder): Promise<string[]> {
  const names = (await boundedNames(folder, [])).sort();
  const kinds = await Promise.all(names.map((name) => folder.kind([name])));
  return names.filter((name, at) => kinds[at] === "folder" && !name.startsWith("."));
}

/** What lies in the folder of a task, in the order it was made; what cannot be read is reported. */
export async function findArtifacts(
  folder: SafeFolder,
  task: string,
  report: (problem: string) => void,
): Promise<FoundArtifact[]> {
  const names = (await boundedNames(folder, [task])).sort();
  const found: FoundArtifact[] = [];
  const described = new Set<string>();
  for (const name of names.filter((name) => name.endsWith(METADATA_ENDING))) {
    const id = name.slice(0, -METADATA_ENDING.length);
    described.add(`${id}.md`);
    try {
      const bytes = await folder.read([task, name], ARTIFACT_METADATA_BYTES_MAX);
      if (bytes) found.push(fromMetadata(task, id, bytes));
    } catch (cause) {
      report(`${task}/${name}: ${cause instanceof AppError ? cause.message : "it cannot be read"}`);
    }
  }
  for (const name of names) {
    if (OLD_FILE.test(name) && !described.has(name)) found.push(undescribed(task, name));
  }
  return found.sort((a, b) => (a.created_ms ?? 0) - (b.created_ms ?? 0) || a.version - b.version);
}

/** What an artifact holds; undefined when it is nowhere. */
export async function foundBytes(folder: SafeFolder, { places }: FoundArtifact): Promise<Uint8Array | undefined> {
  for (const parts of places) {
    const bytes = await folder.read(parts, ARTIFACT_BYTES_MAX);
    if (bytes) return bytes;
  }
  return undefined;
}

async function boundedNames(folder: SafeFolder, parts: Parts): Promise<string[]> {
  const names = await folder.names(parts);
  if (names.length <= IMPORT_NAMES_MAX) return names;
  throw new AppError(
    "too_large",
    `cannot import: ${parts[0] ?? "the folder"} has more than ${IMPORT_NAMES_MAX} names`,
    {
      hint: "Import a part of it at a time.",
    },
  );
}

function fromMetadata(task: string, id: string, bytes: Uint8Array): FoundArtifact {
  const value = wellFormed(parseJson(new TextDecoder().decode(bytes), "its metadata"));
  const ours = OurMetadata.safeParse(value);
  if (ours.success) {
    const { created, file, ...found } = ours.data;
    return { ...found, created_ms: created, places: [[task, file]] };
  }
  const old = OldMetadata.safeParse(value);
  if (old.success) return fromOldMetadata(task, id, old.data);
  throw new AppError("invalid_input", "it is not the metadata of an artifact", { hint: "Take it out of the folder." });
}

function fromOldMetadata(task: string, id: string, old: z.infer<typeof OldMetadata>): FoundArtifact {
  const own: Parts = [task, `${id}.md`];
  const named = old.relative_path.split(/[\\/]/);
  const isInside = named[0] === task && named.every((part) => part !== "" && part !== "." && part !== "..");
  const [firstLine = ""] = old.summary.trim().split("\n");
  return {
    id,
    name: clip(id, TITLE_CHARS_MAX),
    title: clip(firstLine || id, TITLE_CHARS_MAX),
    type: old.artifact_type,
    mime: MARKDOWN,
    version: 1,
    files: old.file_paths,
    created_ms: old.created_at,
    places: isInside ? [named, own] : [own],
  };
}

function undescribed(task: string, file: string): FoundArtifact {
  const id = file.replace(/\.md$/, "");
  const kind = { type: "general", mime: MARKDOWN } as const;
  return { id, name: id, title: id, ...kind, version: 1, files: [], created_ms: undefined, places: [[task, file]] };
}

/** The orchestrator before this one wrote the time of Greenwich without saying so. */
function timeOf(text: string): number {
  return Date.parse(/T\d\d:\d\d(:[\d.]+)?$/.test(text) ? `${text}Z` : text);
}

// What the mirror of an artifact is made of. The artifact itself is written exactly as it was kept, so that what reads
// it finds nothing of ours in it; what is to be said about it stands beside it. Its metadata comes last: whoever finds
// them finds the rest.
//
// A file of the project that an artifact is about has its place below `mirrored`, under its own path. An artifact about
// one file is what became of that file: its place holds a copy. One about several files is one text about all of them,
// which nobody can take apart; a copy at each place would be a hundred copies of up to 16 MiB, and each would look like
// the file itself. So each place then holds a few lines that lead to the artifact, under a name that says so.
import { digest } from "../base/ids.ts";
import type { ArtifactRow } from "../store/artifacts.ts";
import { artifactUri } from "./artifact.ts";
import type { Parts } from "./folder-walk.ts";
import { endingOf } from "./media-type.ts";
import { foldName, mirroredPath } from "./mirrored-path.ts";
import type { Expected } from "./safe-folder.ts";

export interface MirrorFile extends Expected {
  readonly id: string;
  readonly parts: Parts;
  /** One of the artifact's own two files. */
  readonly isOwn: boolean;
  /** Left out where it is what the artifact holds. */
  readonly bytes?: Uint8Array;
}

export const ARTIFACT_FOLDER = [".cadre", "artifacts"] as const;
export const METADATA_ENDING = "_metadata.json";
const MIRRORED = "mirrored";
const POINTER_ENDING = ".artifact.json";

/** Where an artifact is found in its project, from the project's folder on. */
export function mirrorPath(artifact: ArtifactRow): string {
  return [...ARTIFACT_FOLDER, artifact.task_id, fileName(artifact)].join("/");
}

/** Its own two files. */
export function artifactFiles(artifact: ArtifactRow): [MirrorFile, MirrorFile] {
  const { id, task_id, hash, size_bytes } = artifact;
  return [
    { id, parts: [task_id, fileName(artifact)], isOwn: true, hash, size_bytes },
    { id, parts: [task_id, `${id}${METADATA_ENDING}`], isOwn: true, ...jsonContent(metadata(artifact)) },
  ];
}

/**
 * Everything that mirrors these artifacts, which are in the order they were kept: of two that are about one file, the
 * newest counts. Places that another one needs for a folder are left out.
 */
export function mirrorFiles(artifacts: readonly ArtifactRow[], workspace: string): MirrorFile[] {
  const files = new Map<string, MirrorFile>();
  for (const artifact of artifacts) {
    const [content, described] = artifactFiles(artifact);
    for (const file of [content, ...placesOf(artifact, workspace), described]) files.set(keyOf(file.parts), file);
  }
  const folders = new Set([...files.values()].flatMap(({ parts }) => parts.map((_, at) => keyOf(parts.slice(0, at)))));
  return [...files].filter(([key]) => !folders.has(key)).map(([, file]) => file);
}

/** The folders of these files, each once, the deepest first. */
export function foldersOf(files: readonly MirrorFile[]): Parts[] {
  const folders = new Map(files.map(({ parts }) => [parts.slice(0, -1).join("/"), parts.slice(0, -1)]));
  return [...folders.values()].sort((a, b) => b.length - a.length);
}

function placesOf(artifact: ArtifactRow, workspace: string): MirrorFile[] {
  const { id, task_id, hash, size_bytes, files } = artifact;
  const places = files.map((path) => mirroredPath(path, workspace)).filter((place) => place.length > 0);
  const [only, second] = places;
  if (only && !second) return [{ id, parts: [task_id, MIRRORED, ...only], isOwn: false, hash, size_bytes }];
  return places.map((place) => ({
    id,
    parts: [task_id, MIRRORED, ...place.slice(0, -1), `${place.at(-1)}${POINTER_ENDING}`],
    isOwn: false,
    ...jsonContent(pointer(artifact, place)),
  }));
}

function metadata(artifact: ArtifactRow): Record<string, unknown> {
  const { id, task_id, title, name, version, type, mime, files, hash, size_bytes, created_ms } = artifact;
  return {
    id,
    uri: artifactUri(id),
    task_id,
    title,
    name,
    version,
    type,
    mime,
    files,
    file: fileName(artifact),
    sha256: hash,
    size_bytes,
    created: new Date(created_ms).toISOString(),
  };
}

function pointer(artifact: ArtifactRow, place: Parts): Record<string, unknown> {
  const { id, title, type, version, files } = artifact;
  return {
    uri: artifactUri(id),
    title,
    type,
    version,
    file: `${"../".repeat(place.length)}${fileName(artifact)}`,
    files,
  };
}

function fileName({ id, mime }: Pick<ArtifactRow, "id" | "mime">): string {
  return `${id}.${endingOf(mime)}`;
}

function jsonContent(value: Record<string, unknown>): Expected & { bytes: Uint8Array } {
  const bytes = Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`);
  return { bytes, hash: digest(bytes), size_bytes: bytes.length };
}

function keyOf(parts: Parts): string {
  return foldName(parts.join("/"));
}

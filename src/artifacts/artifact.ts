import { z } from "zod";
import { idSchema } from "../base/ids.ts";
import { ARTIFACT_TYPES } from "../base/kinds.ts";
import { ARTIFACT_FILES_MAX, PATH_CHARS_MAX, TITLE_CHARS_MAX } from "../base/limits.ts";

const Count = z.number().int().min(0);

/** A kept result as it is shown, without what it holds. What is empty is left out. */
export const Artifact = z.object({
  id: idSchema("artifact"),
  uri: z.string(),
  task_id: idSchema("task"),
  name: z.string().min(1).max(TITLE_CHARS_MAX),
  title: z.string().max(TITLE_CHARS_MAX),
  type: z.enum(ARTIFACT_TYPES),
  mime: z.string(),
  version: z.number().int().min(1),
  newest: z
    .object({ id: idSchema("artifact"), version: z.number().int() })
    .optional()
    .describe("There is a newer version."),
  files: z
    .array(z.string().min(1).max(PATH_CHARS_MAX))
    .max(ARTIFACT_FILES_MAX)
    .optional()
    .describe("Paths of the project that it is about."),
  size_bytes: Count,
  created_ms: Count,
});
export type Artifact = z.infer<typeof Artifact>;

/** An artifact as one row of a list. */
export const ArtifactBrief = Artifact.pick({
  id: true,
  title: true,
  name: true,
  type: true,
  task_id: true,
  size_bytes: true,
}).extend({ version: z.number().int().optional().describe("Left out when it is 1.") });
export type ArtifactBrief = z.infer<typeof ArtifactBrief>;

export function artifactUri(id: string): string {
  return `cadre://artifact/${id}`;
}

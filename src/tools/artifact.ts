import { z } from "zod";
import { Artifact, ArtifactBrief } from "../artifacts/artifact.ts";
import { ARTIFACT_BYTES_MAX, ARTIFACT_TEXT_CHARS, ARTIFACT_TEXT_CHARS_MAX } from "../base/limits.ts";
import { behind, cursor, limit, more, text, workspace } from "./inputs.ts";
import { defineTool } from "./tool.ts";

const { shape } = Artifact;

export const artifactList = defineTool({
  name: "artifact_list",
  title: "List artifacts",
  summary: "One page of what the project's tasks brought forth, the newest first.",
  effect: "read",
  toolset: "admin",
  input: z.object({
    task: shape.task_id.optional().describe("Of this task only."),
    type: shape.type.optional(),
    text,
    limit,
    cursor,
    options: z
      .strictObject({ versions: z.boolean().optional().describe("Older versions too."), workspace })
      .optional()
      .describe("versions, workspace"),
  }),
  output: z.object({ artifacts: z.array(ArtifactBrief), cursor: more, behind }),
  run: async (app, { task, type, text: words, options = {}, ...page }, call) => {
    const { versions, workspace: path = call.workspace } = options;
    if (words !== undefined) {
      const { ids, isBehind } = await app.search.find(path, "artifact", words);
      const artifacts = (await app.artifacts.those(ids, { task_id: task, type })).slice(0, page.limit);
      return { artifacts, ...(isBehind ? { behind: true } : {}) };
    }
    if (task !== undefined) return app.artifacts.list({ task_id: task, type, versions }, page);
    const found = await app.workspaces.find(path);
    return found ? app.artifacts.list({ workspace_id: found.id, type, versions }, page) : { artifacts: [] };
  },
});

export const artifactShow = defineTool({
  name: "artifact_show",
  title: "Show an artifact",
  summary: "What a task brought forth, with its text; long text comes a piece at a time.",
  effect: "read",
  toolset: "admin",
  input: z.object({
    id: shape.id,
    from: z.number().int().min(0).max(ARTIFACT_BYTES_MAX).default(0).describe("The character to begin at."),
    chars: z
      .number()
      .int()
      .min(0)
      .max(ARTIFACT_TEXT_CHARS_MAX)
      .default(ARTIFACT_TEXT_CHARS)
      .describe("How much text; 0 for none."),
    options: z
      .strictObject({ version: shape.version.optional().describe("Another version of the same.") })
      .optional()
      .describe("version"),
  }),
  output: Artifact.extend({
    text: z.string().optional().describe("Left out when it holds no text."),
    more: z.number().int().optional().describe("There is more text: give it back as from."),
  }),
  positional: ["id"],
  run: async (app, { id, from, chars, options = {} }) => {
    const artifact = await app.artifacts.show(id, options);
    return { ...artifact, ...(chars > 0 ? await app.artifacts.text(artifact.id, { from, chars }) : {}) };
  },
});

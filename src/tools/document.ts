// Texts as documents: Markdown, PDF, DOCX, kept as artifacts and as files of the project.
import { z } from "zod";
import { artifactUri } from "../artifacts/artifact.ts";
import { idSchema } from "../base/ids.ts";
import { DOCUMENT_CHARS_MAX, TITLE_CHARS_MAX, TOOL_GRACE_MS } from "../base/limits.ts";
import { FORMATS } from "../documents/documents.ts";
import { workspace } from "./inputs.ts";
import { type App, type Call, defineTool } from "./tool.ts";

const DOCUMENT_MS = 120_000;

export const documentWrite = defineTool({
  name: "document_write",
  title: "Write a document",
  summary:
    "Makes documents of a text in Markdown: as Markdown, PDF or DOCX. They are kept as artifacts of a task, and lie in the project.",
  effect: "write",
  toolset: "agents",
  input: z.object({
    title: z.string().trim().min(1).max(TITLE_CHARS_MAX),
    text: z
      .string()
      .min(1)
      .max(DOCUMENT_CHARS_MAX)
      .describe("Markdown, with tables, code, lists of things, footnotes."),
    formats: z.array(z.enum(FORMATS)).max(FORMATS.length).default(["markdown"]),
    task: idSchema("task").optional().describe("Whose artifacts they are; by itself a new task that is done."),
    workspace,
  }),
  output: z.object({
    task: z.string(),
    documents: z.array(
      z.object({
        format: z.enum(FORMATS),
        artifact: z.string(),
        uri: z.string(),
        size_bytes: z.number().int(),
        path: z.string().optional().describe("In the project."),
        problem: z.string().optional(),
      }),
    ),
  }),
  positional: ["title"],
  timeLimitMs: () => DOCUMENT_MS + TOOL_GRACE_MS,
  run: async (app, { title, text, formats, task: given, workspace: asked }, call) => {
    const path = asked ?? call.workspace;
    const wanted = [...new Set(formats)];
    const rendered = await Promise.all(wanted.map((format) => app.documents.render(title, text, format)));
    const task = given ?? (await app.tasks.create(path, { title, role: "documenter", tags: ["document"] })).id;
    const rows = await app.completion.keepFiles(
      task,
      rendered.map(({ ending, mime, bytes }) => ({ name: `document.${ending}`, mime, title, bytes })),
    );
    if (given === undefined) await finish(app, path, task, `The document is there as ${wanted.join(", ")}.`, call);
    const documents = [];
    for (const [at, row] of rows.entries()) {
      const { format, bytes } = rendered[at] ?? { format: "markdown" as const, bytes: new Uint8Array() };
      const mirrored = await app.mirror.write(path, row, bytes);
      documents.push({ format, artifact: row.id, uri: artifactUri(row.id), size_bytes: row.size_bytes, ...mirrored });
    }
    return { task, documents };
  },
});

/** A task that was made for a document is done with it. */
async function finish(app: App, path: string, id: string, summary: string, { agent }: Call): Promise<void> {
  await app.claims.start(path, { id }, agent);
  await app.completion.handIn(id, { summary, type: "documentation", next: "continue" }, { agent });
}

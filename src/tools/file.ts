// The files of a project for agents that work on it, which read and never write.
import { z } from "zod";
import {
  FILE_LINES,
  FILE_LINES_MAX,
  FILE_TEXT_CHARS_MAX,
  PATH_CHARS_MAX,
  SUMMARY_CHARS_MAX,
  TITLE_CHARS_MAX,
} from "../base/limits.ts";
import { defineTool } from "./tool.ts";

/** Loaded with the first call: whoever starts cadre waits for nothing that is not asked for. */
const reader = () => import("../project/file-reader.ts");

const Path = z.string().min(1).max(PATH_CHARS_MAX);
const chosen = {
  folder: Path.default(".").describe("In the project."),
  pattern: z
    .string()
    .min(1)
    .max(SUMMARY_CHARS_MAX)
    .optional()
    .describe("As .gitignore has them, with commas between: *.ts,!*.test.ts"),
};

export const fileList = defineTool({
  name: "file_list",
  title: "List files",
  summary: "Lists the project's files, without those that git ignores and those that hold keys.",
  effect: "read",
  showsFiles: true,
  toolset: "agents",
  input: z.object({ ...chosen, after: Path.optional().describe("Goes on after this path, as more says.") }),
  output: z.object({
    files: z.array(z.object({ path: z.string(), bytes: z.number().int() })),
    more: z.string().optional().describe("There are others after this one."),
  }),
  positional: ["folder"],
  run: async (_app, { folder, pattern, after }, call) => {
    const { listFiles } = await reader();
    const { files, more } = listFiles(call.workspace, { folder, pattern, after });
    return { files, ...(more === undefined ? {} : { more }) };
  },
});

export const fileRead = defineTool({
  name: "file_read",
  title: "Read a file",
  summary: "Answers lines of a text file of the project.",
  effect: "read",
  showsFiles: true,
  toolset: "agents",
  input: z.object({
    path: Path,
    from: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER).default(1).describe("The line to begin with."),
    lines: z.number().int().min(1).max(FILE_LINES_MAX).default(FILE_LINES),
  }),
  output: z.object({
    path: z.string(),
    lines: z.number().int().describe("Of the whole file."),
    text: z.string(),
    more: z.number().int().optional().describe("The line with which the rest begins."),
  }),
  positional: ["path"],
  run: async (_app, { path: given, from, lines }, call) => {
    const { readText } = await reader();
    const { path, text } = readText(call.workspace, given);
    const all = text.split("\n");
    if (all.at(-1) === "") all.pop();
    const wanted: string[] = [];
    let chars = 0;
    for (const line of all.slice(from - 1, from - 1 + lines)) {
      chars += line.length + 1;
      if (chars > FILE_TEXT_CHARS_MAX && wanted.length > 0) break;
      wanted.push(line.slice(0, FILE_TEXT_CHARS_MAX));
    }
    const next = from + wanted.length;
    return {
      path,
      lines: all.length,
      text: wanted.join("\n").toWellFormed(),
      ...(next <= all.length ? { more: next } : {}),
    };
  },
});

export const fileSearch = defineTool({
  name: "file_search",
  title: "Search files",
  summary: "Finds the lines of the project's files that hold a text. Read around them with file_read.",
  effect: "read",
  showsFiles: true,
  toolset: "agents",
  input: z.object({
    text: z.string().min(1).max(TITLE_CHARS_MAX).describe("As it stands there; no pattern."),
    ...chosen,
    exact: z.boolean().default(false).describe("Tells large letters from small ones."),
  }),
  output: z.object({
    matches: z.array(z.object({ path: z.string(), line: z.number().int(), text: z.string() })),
    files: z.number().int().describe("Files that were looked into."),
    is_cut: z.boolean().optional().describe("There may be more: search for less, or in fewer files."),
  }),
  positional: ["text"],
  run: async (_app, { text, folder, pattern, exact: isExact }, call) => {
    const { searchFiles } = await reader();
    const { matches, files, isCut } = await searchFiles(
      call.workspace,
      { text, folder, pattern, isExact },
      call.signal,
    );
    return { matches, files, ...(isCut ? { is_cut: true } : {}) };
  },
});

// Finds the policy of a project: the user's file, tightened by the project's. Both are read at each call: what was
// changed holds at once. A file that cannot be read stops programs; nobody believes in a limit that does not hold.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../base/errors.ts";
import { PROJECT_FILE_BYTES_MAX } from "../../base/limits.ts";
import { closest, printable } from "../../base/text.ts";
import { readProjectFile } from "../../config/project-file.ts";
import { readYaml } from "../../config/yaml.ts";
import { type Policy, PolicyFile, policyOf, tightened } from "./policy.ts";

const PROJECT_POLICY = [".cadre", "policy.yaml"] as const;

export class Policies {
  readonly userFile: string | undefined;
  /** By the text of a file: reading it again says whether it changed, and takes a tenth of understanding it again. */
  readonly #understood = new Map<string, { readonly text: string; readonly file: PolicyFile }>();

  constructor(userFile: string | undefined) {
    this.userFile = userFile;
  }

  async of(workspace: string): Promise<Policy> {
    const policy = policyOf(await this.#user());
    const path = join(workspace, ...PROJECT_POLICY);
    const file = readProjectFile(workspace, PROJECT_POLICY, PROJECT_FILE_BYTES_MAX);
    if (!file) return policy;
    if ("problem" in file) throw cannotUse(path, file.problem);
    return tightened(policy, await this.#understand(file.text, path));
  }

  async #user(): Promise<PolicyFile> {
    return this.userFile === undefined ? {} : this.#understand(readUserPolicy(this.userFile), this.userFile);
  }

  async #understand(text: string, path: string): Promise<PolicyFile> {
    const known = this.#understood.get(path);
    if (known?.text === text) return known.file;
    const file = await parsePolicy(text, path);
    if (this.#understood.size >= WORKSPACES_KEPT) this.#understood.clear();
    this.#understood.set(path, { text, file });
    return file;
  }
}

/** Nothing where there is none. */
export function readUserPolicy(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const { code } = cause as { code?: string };
    if (code === "ENOENT") return "";
    throw cannotUse(path, `it cannot be read (${code ?? "unknown failure"})`);
  }
}

export async function parsePolicy(text: string, path: string): Promise<PolicyFile> {
  const read = await readYaml(text);
  if ("problem" in read) {
    const { line, column, message } = read.problem;
    throw cannotUse(line === undefined ? path : `${path}:${line}:${column}`, message);
  }
  const parsed = PolicyFile.safeParse(read.value ?? {});
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const place = issue?.path.join(".");
  if (issue?.code === "unrecognized_keys") throw unknownKey(path, issue.keys[0] ?? "");
  throw cannotUse(path, `${place ? `${place}: ` : ""}${issue?.message ?? "it is no policy"}`);
}

function unknownKey(path: string, key: string): AppError {
  const near = closest(key, Object.keys(PolicyFile.shape));
  return cannotUse(
    path,
    `there is no ${printable(key.slice(0, SHOWN_CHARS))}`,
    near ? `Did you mean ${near}?` : `It may say: ${Object.keys(PolicyFile.shape).join(", ")}.`,
  );
}

function cannotUse(
  path: string,
  problem: string,
  hint = "Mend the file, or remove it; docs/sandbox.md says what it may say.",
): AppError {
  return new AppError("invalid_input", `cannot use the policy ${path}: ${problem}`, { hint });
}

const SHOWN_CHARS = 64;
const WORKSPACES_KEPT = 64;

// One role file, read: the roles in it, and what is wrong with it, with line and column. In a file of several
// roles, one that is wrong does not take the others away.
import type { z } from "zod";
import { isRecord } from "../../base/json.ts";
import { ROLE_PROBLEMS_MAX, ROLES_IN_FILE_MAX, WORD_CHARS_MAX } from "../../base/limits.ts";
import { clip, didYouMean, printable } from "../../base/text.ts";
import { readYaml, type YamlProblem } from "../../config/yaml.ts";
import { yamlPlaces } from "../../config/yaml-place.ts";
import { type Role, RoleFile, type RoleProblem, roleIdProblem } from "./role.ts";
import { ROLE_VARIABLES, variablesIn } from "./role-prompt.ts";
import { fromOldRole, OldRole, type RoleValue, rolesIn } from "./role-shapes.ts";

export interface RolesRead {
  readonly roles: Role[];
  readonly problems: RoleProblem[];
}

interface RoleFileText {
  /** What the file is called in answers, and the source of its roles. */
  readonly file: string;
  /** The id of its role, when it holds one. */
  readonly id: string;
  readonly text: string;
  /** It lies where an earlier system kept its roles. */
  readonly isOld?: boolean;
}

/** A problem before it is known where in the file it is. */
interface Finding {
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly role?: string;
  readonly ignored?: true;
}

export async function readRoles({ file, id, text, isOld = false }: RoleFileText): Promise<RolesRead> {
  const read = await readYaml(text);
  if ("problem" in read)
    return { roles: [], problems: [{ file, ...read.problem, message: withoutPlace(read.problem) }] };
  // Earlier systems left an example behind in which every line is a comment.
  if (read.value === null && isOld) return { roles: [], problems: [] };
  const values = rolesIn(read.value);
  const known = values.slice(0, ROLES_IN_FILE_MAX);
  const results = known.map((value) => readRole(value, id, value.isOld || isOld));
  const findings = results.flatMap((result) => result.findings);
  const over = values[ROLES_IN_FILE_MAX];
  if (over) findings.push({ path: over.path, message: `it holds more than ${ROLES_IN_FILE_MAX} roles` });
  return {
    roles: results.flatMap(({ role }) => (role ? [{ ...role, source: file }] : [])),
    problems: await placed(file, text, mostGrave(findings)),
  };
}

/** The reader of YAML says the place in words too. */
function withoutPlace({ message }: YamlProblem): string {
  return message.replace(/ at line \d+, column \d+:?$/, "");
}

/** What takes a role away comes before what is only ignored. */
function mostGrave(findings: readonly Finding[]): Finding[] {
  return findings
    .toSorted((a, b) => Number(a.ignored ?? false) - Number(b.ignored ?? false))
    .slice(0, ROLE_PROBLEMS_MAX);
}

async function placed(file: string, text: string, findings: readonly Finding[]): Promise<RoleProblem[]> {
  if (findings.length === 0) return [];
  const placeOf = await yamlPlaces(text);
  return findings.map(({ path, ...finding }) => {
    const message = printable(clip(finding.message, PROBLEM_CHARS_MAX));
    return { file, ...placeOf(path), ...finding, message };
  });
}

const PROBLEM_CHARS_MAX = 200;

interface RoleRead {
  readonly role?: Omit<Role, "source">;
  readonly findings: readonly Finding[];
}

function readRole(value: RoleValue, fileId: string, isOld: boolean): RoleRead {
  const { id = fileId, path } = value;
  const misnamed = roleIdProblem(id);
  const { data, findings } = misnamed ? refused(misnamed) : isOld ? readOld(id, value) : readOurs(value);
  // Where a file holds one role, its name says which.
  const about = value.id === undefined ? {} : { role: printable(clip(value.id, WORD_CHARS_MAX)) };
  const told = findings.map((finding) => ({ ...finding, path: [...path, ...finding.path], ...about }));
  return { ...(data ? { role: { id, ...data } } : {}), findings: told };
}

/** The paths are below the role's own. */
interface DataRead {
  readonly data?: RoleFile;
  readonly findings: readonly Finding[];
}

const NO_ROLE: DataRead = { findings: [{ path: [], message: "it is no role", ignored: true }] };

function refused(message: string): DataRead {
  return { findings: [{ path: [], message }] };
}

function readOurs({ value }: RoleValue): DataRead {
  const parsed = RoleFile.safeParse(value);
  if (!parsed.success) return { findings: parsed.error.issues.flatMap(findingsOf) };
  return { data: parsed.data, findings: unknownVariables(parsed.data) };
}

function readOld(id: string, { id: ownId, value }: RoleValue): DataRead {
  // What stands beside the roles of a file, like its version.
  if (ownId !== undefined && !isRecord(value)) return NO_ROLE;
  const parsed = OldRole.safeParse(value);
  if (!parsed.success) return { findings: parsed.error.issues.flatMap(findingsOf) };
  const data = fromOldRole(id, parsed.data);
  if (!data) return refused("it has neither name nor role_definition");
  const unknown = Object.keys(value as object).filter((key) => !Object.hasOwn(OldRole.shape, key));
  const ignored = unknown.map((key): Finding => ({ path: [key], message: `${key} is ignored`, ignored: true }));
  return { data, findings: [...ignored, ...unknownVariables(data)] };
}

type Issue = z.core.$ZodIssue;

function findingsOf(issue: Issue): Finding[] {
  const { path, message } = issue;
  const known = Object.keys(RoleFile.shape);
  if (issue.code === "unrecognized_keys") {
    // More of them would not be told: a file may hold thousands.
    return issue.keys.slice(0, ROLE_PROBLEMS_MAX).map((key) => ({
      path: [...path, key],
      message: `unknown key ${key}. ${didYouMean(key, known, `There are ${known.join(", ")}.`)}`,
    }));
  }
  if (message.endsWith("received undefined")) return [{ path, message: `${path.join(".")} is missing` }];
  return [{ path, message: `${path.join(".") || "file"}: ${message}` }];
}

/** What nobody will fill in stays in the prompt as it is: the role works, but not as it was meant. */
function unknownVariables(data: RoleFile): Finding[] {
  const texts = Object.entries(data).flatMap(([key, inner]) =>
    Array.isArray(inner) ? inner.map((text, at) => ({ path: [key, at], text })) : [{ path: [key], text: inner ?? "" }],
  );
  return texts.flatMap(({ path, text }) =>
    [...new Set(variablesIn(text))]
      .filter((name) => !ROLE_VARIABLES.some((variable) => variable === name))
      .slice(0, ROLE_PROBLEMS_MAX)
      .map((name): Finding => {
        const hint = didYouMean(name, ROLE_VARIABLES, `There are ${ROLE_VARIABLES.join(", ")}.`);
        return { path, message: `{{${name}}} is no variable and stays as it is. ${hint}`, ignored: true };
      }),
  );
}

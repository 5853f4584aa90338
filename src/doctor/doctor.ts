// All checks, in the order in which one explains the next.
import { AppError, toAppError } from "../base/errors.ts";
import { type Check, type CheckParts, type Finding, GROUPS, type Group } from "./check.ts";
import { clientChecks } from "./client-checks.ts";
import { dataChecks } from "./data-checks.ts";
import { modelChecks } from "./model-checks.ts";
import { programChecks } from "./program-checks.ts";
import { sandboxChecks } from "./sandbox-checks.ts";
import { overStdio, serverChecks, toolChecks } from "./server-checks.ts";

const CHECKS: Readonly<Record<Group, (parts: CheckParts) => Check[]>> = {
  program: programChecks,
  data: dataChecks,
  clients: clientChecks,
  server: serverChecks,
  tools: toolChecks,
  sandbox: sandboxChecks,
  models: modelChecks,
};

export interface Looked {
  readonly group: Group;
  readonly name: string;
  readonly status: Finding["status"];
  readonly evidence: string;
  readonly fix?: string | undefined;
  /** What was done about it. */
  readonly mended?: string | undefined;
}

/** Looks at everything at once, and mends what may be mended when that is wanted. */
export async function examine(
  given: Omit<CheckParts, "greetStdio">,
  groups: readonly Group[],
  isMending: boolean,
): Promise<Looked[]> {
  let greeting: ReturnType<typeof overStdio> | undefined;
  const greetStdio = () => {
    greeting ??= overStdio(given);
    return greeting;
  };
  const parts: CheckParts = { ...given, greetStdio };
  const chosen = GROUPS.filter((group) => groups.length === 0 || groups.includes(group));
  const checks = chosen.flatMap((group) => CHECKS[group](parts));
  return Promise.all(checks.map((check) => examineOne(check, isMending)));
}

async function examineOne(check: Check, isMending: boolean): Promise<Looked> {
  const { group, name } = check;
  try {
    const { mend, ...finding } = await check.look();
    if (!isMending || !mend || finding.status === "ok") return { group, name, ...finding };
    return { group, name, ...finding, status: "ok", mended: await mend() };
  } catch (cause) {
    const { message, hint } = toAppError(cause);
    const why = cause instanceof AppError ? "" : ` (${cause instanceof Error ? cause.message : String(cause)})`;
    return { group, name, status: "problem", evidence: message + why, fix: hint };
  }
}

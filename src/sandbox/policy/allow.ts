// Changes the user's policy for them, one word at a time, and leaves the rest of the file as they wrote it.
import { mkdirSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Document } from "yaml";
import { AppError } from "../../base/errors.ts";
import { writePrivateFile } from "../../config/private-file.ts";
import { PolicyFile } from "./policy.ts";

export type Allowed = { readonly unconfined: string } | { readonly network: "on" | readonly string[] };

/** With `isRemoved` it is taken back. Answers what the policy says of it then. */
export async function allow(path: string, allowed: Allowed, isRemoved: boolean): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const document: Document = parseDocument(readIfThere(path));
  if (document.errors.length > 0) throw cannotChange(path, "it is no YAML");
  const before = PolicyFile.safeParse(document.toJS() ?? {});
  if (!before.success) throw cannotChange(path, before.error.issues[0]?.message ?? "it is no policy");
  const key = "unconfined" in allowed ? "unconfined" : "network";
  const next =
    "unconfined" in allowed
      ? changed(before.data.unconfined ?? [], [allowed.unconfined], isRemoved)
      : nextNetwork(before.data.network, allowed.network, isRemoved);
  document.contents ??= document.createNode({});
  document.set(key, document.createNode(next, { flow: true }));
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writePrivateFile(path, document.toString());
  return next;
}

function nextNetwork(before: PolicyFile["network"], wanted: "on" | readonly string[], isRemoved: boolean): unknown {
  if (wanted === "on") return isRemoved ? "off" : "on";
  const hosts = changed(typeof before === "object" ? before : [], wanted, isRemoved);
  const checked = PolicyFile.shape.network.safeParse(hosts);
  if (!checked.success) {
    throw new AppError("invalid_input", `cannot allow ${wanted.join(", ")}: that is no host`, {
      hint: 'Write hosts like pypi.org, "*.example.com" or localhost:8080.',
    });
  }
  return hosts.length === 0 ? "off" : hosts;
}

function changed(before: readonly string[], words: readonly string[], isRemoved: boolean): string[] {
  return isRemoved ? before.filter((one) => !words.includes(one)) : [...new Set([...before, ...words])];
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    if ((cause as { code?: string }).code === "ENOENT") return "";
    throw cannotChange(path, "it cannot be read");
  }
}

function cannotChange(path: string, problem: string): AppError {
  return new AppError("invalid_input", `cannot change the policy ${path}: ${problem}`, {
    hint: "Mend the file, or remove it; docs/sandbox.md says what it may say.",
  });
}

// Changes the user's policy for them, one word at a time, and leaves the rest of the file as they wrote it.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Document } from "yaml";
import { AppError } from "../../base/errors.ts";
import { writePrivateFile } from "../../config/private-file.ts";
import { parsePolicy, readUserPolicy } from "./policies.ts";
import { PolicyFile } from "./policy.ts";

export type Allowed = { readonly unconfined: string } | { readonly network: "on" | readonly string[] };

/** With `isRemoved` it is taken back. Answers what the policy says of it then. */
export async function allow(path: string, allowed: Allowed, isRemoved: boolean): Promise<unknown> {
  const { parseDocument } = await import("yaml");
  const text = readUserPolicy(path);
  // What nobody can read is not changed.
  const before = await parsePolicy(text, path);
  const document: Document = parseDocument(text);
  const key = "unconfined" in allowed ? "unconfined" : "network";
  const next =
    "unconfined" in allowed
      ? changed(before.unconfined ?? [], [allowed.unconfined], isRemoved)
      : nextNetwork(before.network, allowed.network, isRemoved);
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

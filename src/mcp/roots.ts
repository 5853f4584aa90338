// The folders that a client of the older era works in. Only it can tell them, so it is asked, once, when the first
// call needs to know; what it says is text of a stranger.
import type { Server, ServerContext } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { Clock } from "../base/clock.ts";
import { pathOfFileUri } from "../base/file-uri.ts";
import { isRecord } from "../base/json.ts";
import { ROOTS_MAX, ROOTS_MS_MAX } from "../base/limits.ts";
import { WORKSPACE_SOURCES, type WorkspaceSource } from "../base/workspace-source.ts";
import type { Log } from "../observe/log.ts";
import { workspaceIdentity } from "../tasks/workspaces.ts";
import type { Caller } from "../tools/caller.ts";

interface RootsParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Where the client started this process: of several roots, the one around it is meant. */
  readonly cwd?: string | undefined;
}

/** One root that cannot be read takes nothing from the others. */
const RootList = z.object({ roots: z.array(z.unknown()) });
const YIELDING: readonly WorkspaceSource[] = WORKSPACE_SOURCES.slice(WORKSPACE_SOURCES.indexOf("roots") + 1);

export class Roots {
  readonly #server: Server;
  readonly #parts: RootsParts;
  #asking: Promise<string | undefined> | undefined;
  #isKnown = false;
  #folder: string | undefined;
  /** How often the client said that something has changed. */
  #changes = 0;
  /** The caller of the last call and what became of it: over stdio all calls have the same. */
  #last: { readonly caller: Caller; readonly located: Caller } | undefined;

  constructor(server: Server, parts: RootsParts) {
    this.#server = server;
    this.#parts = parts;
    server.setNotificationHandler("notifications/roots/list_changed", () => {
      this.#changes++;
      this.#isKnown = false;
      this.#asking = undefined;
    });
  }

  /** The caller with the folder that its client works in, unless one was named more plainly. */
  locate(caller: Caller, context: ServerContext): Caller | Promise<Caller> {
    if (!this.#server.getClientCapabilities()?.roots || !YIELDING.includes(caller.workspaceFrom)) return caller;
    if (this.#isKnown) return this.#located(caller, this.#folder);
    this.#asking ??= this.#ask(context);
    return this.#asking.then((folder) => this.#located(caller, folder));
  }

  #located(caller: Caller, workspace: string | undefined): Caller {
    if (workspace === undefined) return caller;
    if (this.#last?.caller === caller && this.#last.located.workspace === workspace) return this.#last.located;
    const located: Caller = { ...caller, workspace, workspaceFrom: "roots" };
    this.#last = { caller, located };
    return located;
  }

  /** Silence is an answer too: such a client is not asked again before it says that something has changed. */
  async #ask(context: ServerContext): Promise<string | undefined> {
    const { log, cwd } = this.#parts;
    const changes = this.#changes;
    const roots = await this.#list(context).catch((cause: unknown) => {
      log.debug("roots not told", { cause });
      return [];
    });
    const folder = rootAmong(roots, cwd);
    // Changed while it answered: this is for the calls that waited for it, the next one asks anew.
    if (changes === this.#changes) {
      this.#isKnown = true;
      this.#folder = folder;
    }
    return folder;
  }

  /** Asked on the request's own stream: over HTTP there may be no other. */
  async #list(context: ServerContext): Promise<readonly unknown[]> {
    const late = new AbortController();
    const inTime = this.#parts.clock.after(ROOTS_MS_MAX, () => late.abort("no answer in time"));
    try {
      const { roots } = await context.mcpReq.send({ method: "roots/list" }, RootList, { signal: late.signal });
      return roots;
    } finally {
      inTime();
    }
  }
}

/** Of several roots the nearest one around `cwd`, else the first. */
export function rootAmong(roots: readonly unknown[], cwd?: string): string | undefined {
  const folders = roots.slice(0, ROOTS_MAX).flatMap(foldersOf);
  const here = identityOf(cwd);
  const [nearest] = folders
    .filter(({ identity }) => here === identity || here?.startsWith(identity.replace(/\/*$/, "/")))
    .toSorted((a, b) => b.identity.length - a.identity.length);
  return (nearest ?? folders[0])?.path;
}

function foldersOf(root: unknown): { readonly path: string; readonly identity: string }[] {
  const uri = isRecord(root) ? root["uri"] : undefined;
  const path = typeof uri === "string" ? pathOfFileUri(uri) : undefined;
  const identity = identityOf(path);
  return path === undefined || identity === undefined ? [] : [{ path, identity }];
}

function identityOf(path: string | undefined): string | undefined {
  try {
    return path === undefined ? undefined : workspaceIdentity(path);
  } catch {
    return undefined; // Too long, or no whole path.
  }
}

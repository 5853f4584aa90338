import { posix, win32 } from "node:path";
import type { Clock } from "../base/clock.ts";
import { AppError } from "../base/errors.ts";
import type { Ids } from "../base/ids.ts";
import { PATH_CHARS_MAX } from "../base/limits.ts";
import { appendEvent } from "../store/events.ts";
import type { Part, Sql } from "../store/sql.ts";
import {
  deleteWorkspace,
  ensureWorkspace,
  knownWorkspace,
  moveWorkspace,
  readWorkspace,
  readWorkspaceById,
  readWorkspaces,
  type WorkspaceCounts,
  type WorkspaceRow,
} from "../store/workspaces.ts";

/** Project folders. Every row of work belongs to one. */
export class Workspaces {
  readonly #sql: Sql;
  readonly #clock: Clock;
  readonly #ids: Ids;

  constructor(sql: Sql, clock: Clock, ids: Ids) {
    this.#sql = sql;
    this.#clock = clock;
    this.#ids = ids;
  }

  /** The workspace of a folder, in whatever spelling; made at its first use. */
  async at(path: string): Promise<WorkspaceRow> {
    return (await this.find(path)) ?? this.#sql.write(() => this.ensure(path));
  }

  /** The same as a part of a change: nobody can forget the workspace between finding and using it. */
  ensure(path: string): Part<WorkspaceRow> {
    const identity = workspaceIdentity(path);
    return ensureWorkspace(identity, () => ({
      id: this.#ids.next("workspace"),
      path: identity,
      created_ms: this.#clock.now(),
    }));
  }

  /** The same for a part that must make none. */
  known(path: string): Part<WorkspaceRow | undefined> {
    return knownWorkspace(workspaceIdentity(path));
  }

  /** The workspace of a folder when something was done there; reading makes none. */
  find(path: string): Promise<WorkspaceRow | undefined> {
    return readWorkspace(this.#sql, workspaceIdentity(path));
  }

  async pathOf(id: string): Promise<string | undefined> {
    return (await readWorkspaceById(this.#sql, id))?.path;
  }

  list(): Promise<WorkspaceCounts[]> {
    return readWorkspaces(this.#sql);
  }

  /** For a project folder that was moved or renamed: its work follows. */
  async move(from: string, to: string): Promise<WorkspaceRow> {
    const workspace = await this.#existing(from);
    const identity = workspaceIdentity(to);
    const now = this.#clock.now();
    return this.#sql.write(function* () {
      const moved = yield* moveWorkspace(workspace.id, identity);
      if (!moved) {
        throw new AppError("conflict", `cannot move ${workspace.path}: ${identity} has work of its own`, {
          hint: "Forget the other one first with cadre workspace forget, or choose another folder.",
        });
      }
      yield* appendEvent({
        at_ms: now,
        workspace_id: workspace.id,
        subject: workspace.id,
        type: "workspace.moved",
        data: { from: workspace.path, to: identity },
      });
      return moved;
    });
  }

  /** Deletes everything that was done in a folder. The folder itself is not touched. */
  async forget(path: string): Promise<WorkspaceRow> {
    const workspace = await this.#existing(path);
    const now = this.#clock.now();
    await this.#sql.write(function* () {
      yield* deleteWorkspace(workspace.id);
      yield* appendEvent({
        at_ms: now,
        workspace_id: workspace.id,
        subject: workspace.id,
        type: "workspace.forgotten",
        data: { path: workspace.path },
      });
    });
    return workspace;
  }

  async #existing(path: string): Promise<WorkspaceRow> {
    const identity = workspaceIdentity(path);
    const row = await readWorkspace(this.#sql, identity);
    if (row) return row;
    throw new AppError("not_found", `no workspace ${identity}`, {
      hint: "See which there are with cadre workspace list.",
    });
  }
}

/** One spelling for every way to write a folder: `C:\x`, `c:/x/`, `/mnt/c/x`, `\\wsl$\Debian\home` and `/home` alike. */
export function workspaceIdentity(path: string): string {
  if (path.length > PATH_CHARS_MAX || path.includes("\0")) throw badPath(path);
  const plain = path.replace(/^\\\\[?.]\\(UNC\\)?/i, (_prefix, unc) => (unc ? "\\\\" : ""));
  const inWsl = /^[\\/]{2}(?:wsl\$|wsl\.localhost)[\\/][^\\/]+(.*)$/i.exec(plain)?.[1];
  const unix = inWsl === undefined ? plain : inWsl.replaceAll("\\", "/") || "/";
  const mounted = /^\/mnt\/([a-z])(\/.*)?$/.exec(unix);
  if (mounted) return windowsIdentity(`${mounted[1]}:${mounted[2] ?? "/"}`);
  if (/^[A-Za-z]:([\\/]|$)/.test(unix) || /^\\\\[^\\]/.test(unix)) return windowsIdentity(unix);
  if (!unix.startsWith("/")) throw badPath(path);
  const clean = posix.normalize(unix);
  return clean.length > 1 ? clean.replace(/\/+$/, "") : clean;
}

/** Windows does not tell upper from lower case: neither does an identity there. */
function windowsIdentity(path: string): string {
  const rooted = /^[A-Za-z]:$/.test(path) ? `${path}/` : path;
  const clean = win32.normalize(rooted).replaceAll("\\", "/").replace(/\/+$/, "");
  return (/^[A-Za-z]:$/.test(clean) ? `${clean}/` : clean).toLowerCase();
}

function badPath(path: string): AppError {
  return new AppError(
    "invalid_input",
    `cannot use ${JSON.stringify(path.slice(0, 100))} as a workspace: not an absolute path`,
    {
      hint: "Give the whole path of the project's folder.",
    },
  );
}

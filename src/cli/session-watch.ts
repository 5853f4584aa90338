// A session, live. In a terminal a picture that is drawn anew when something has changed; elsewhere one line a change.
import { WATCH_FRAME_MS, WATCH_TICK_MS } from "../base/limits.ts";
import type { EventRow } from "../store/events.ts";
import { newestSeq } from "../store/events.ts";
import type { SessionTree } from "../tasks/session-tree.ts";
import { type CliContext, type Command, type CommandInput, isSet } from "./command.ts";
import { painter } from "./output.ts";
import { Picture } from "./picture.ts";
import { eventLine, watchScreen } from "./watch-screen.ts";

const RECENT_MAX = 20;

export const sessionWatch: Command = {
  words: ["session", "watch"],
  summary: "Shows a session live: its tasks, who holds what, drafts as they grow; until it is interrupted.",
  positional: ["session?"],
  flags: {
    plain: { kind: "boolean", help: "No picture: the tasks once, then one line for each change." },
    once: { kind: "boolean", help: "The tasks as they are now, and no more." },
  },
  run: async (context, input) => {
    const watch = await open(context, input);
    const asJson = isSet(input, "json");
    if (isSet(input, "once")) {
      const tree = await watch.tree();
      if (asJson) return { ...tree };
      await print(context, watchScreen(tree, [], { ...still(context), now: context.clock.now() }));
      return undefined;
    }
    const { isTerminal } = context.runtime.host;
    if (asJson) await follow(context, watch, JSON.stringify, (tree) => [JSON.stringify(tree)]);
    else if (isSet(input, "plain") || !isTerminal.out) {
      await follow(context, watch, eventLine, (tree) =>
        watchScreen(tree, [], { ...still(context), now: context.clock.now() }),
      );
    } else await draw(context, watch);
    return undefined;
  },
};

interface Watch {
  tree(): Promise<SessionTree>;
  events(signal: AbortSignal): AsyncIterable<readonly EventRow[]>;
}

/** Of the session that is named, else of the one that is open, else everything in the project. */
async function open({ open: openApp, workspace }: CliContext, input: CommandInput): Promise<Watch> {
  const app = await openApp();
  const { session: given } = input.values;
  const row = given === undefined ? undefined : await app.sessions.find(given);
  const workspaceId = row?.workspace_id ?? (await app.workspaces.at(workspace)).id;
  const session = row ?? (await app.sessions.newestOpen(workspaceId));
  // Where the log stands before the picture is made: what happens meanwhile is told, too.
  const after = await newestSeq(app.sql);
  const filter = { workspace_id: workspaceId, session: session?.id };
  return {
    // Read anew each time: it may have been closed, or given a title.
    tree: async () => app.overview.tree(workspaceId, session && (await app.sessions.find(session.id))),
    events: (signal) => app.feed.follow({ after, filter, signal }),
  };
}

/** Somebody who closes a session may open it again: the watch goes on, and says that it is closed. */
async function follow(
  context: CliContext,
  watch: Watch,
  lineOf: (event: EventRow) => string,
  linesOf: (tree: SessionTree) => string[],
): Promise<void> {
  await print(context, linesOf(await watch.tree()));
  for await (const batch of watch.events(context.signal)) await print(context, batch.map(lineOf));
}

/** One write a frame, at most so many a second: nothing flickers, and a busy session costs no more than a quiet one. */
async function draw(context: CliContext, watch: Watch): Promise<void> {
  const { runtime, clock, signal } = context;
  const picture = new Picture(runtime);
  const recent: EventRow[] = [];
  const changed = new Changes();
  const over = new AbortController();
  const following = (async () => {
    for await (const batch of watch.events(AbortSignal.any([signal, over.signal]))) {
      recent.push(...batch);
      recent.splice(0, Math.max(0, recent.length - RECENT_MAX));
      changed.tell();
    }
  })();
  await picture.open();
  try {
    while (!signal.aborted) {
      const { columns, rows } = runtime.host;
      const lines = watchScreen(await watch.tree(), recent, {
        window: { columns, rows },
        now: clock.now(),
        paint: painter(runtime.host),
      });
      await picture.draw(lines);
      await clock.sleep(WATCH_FRAME_MS, signal);
      await Promise.race([changed.next(), clock.sleep(WATCH_TICK_MS, signal), following]);
    }
  } finally {
    over.abort();
    await picture.close();
    await following;
  }
}

/** Something has happened since the last time that somebody asked. */
class Changes {
  #waiting = Promise.withResolvers<void>();

  tell(): void {
    this.#waiting.resolve();
  }

  async next(): Promise<void> {
    await this.#waiting.promise;
    this.#waiting = Promise.withResolvers<void>();
  }
}

/** A window that is not drawn over: as wide as the terminal, as long as there is something to say. */
function still({ runtime }: CliContext) {
  return { window: { columns: runtime.host.columns }, paint: painter(runtime.host) };
}

async function print({ runtime }: CliContext, lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await runtime.writeOut(lines.map((line) => `${line}\n`).join(""));
}

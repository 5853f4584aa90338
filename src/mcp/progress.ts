import type { ServerContext } from "@modelcontextprotocol/server";
import { every } from "../base/clock.ts";
import { PROGRESS_MS } from "../base/limits.ts";

interface Progress {
  report(done: number, total?: number, message?: string): void;
  stop(): void;
}

/**
 * Progress for a caller that gave a token. Beside what the tool reports, a sign of life comes regularly,
 * so that clients with a short timeout keep waiting for a call that is still at work.
 */
export function startProgress(context: ServerContext): Progress {
  const token = context.mcpReq._meta?.progressToken;
  if (token === undefined) return { report: () => {}, stop: () => {} };
  let done = 0;
  let isOver = false;
  const send = (progress: number, total?: number, message?: string) => {
    if (isOver) return;
    // Progress must grow, whatever the tool reports.
    done = Math.max(progress, done + Number.EPSILON * Math.max(1, done));
    const params = {
      progressToken: token,
      progress: done,
      ...(total === undefined ? {} : { total }),
      ...(message ? { message } : {}),
    };
    // A client that went away has no use for it; the call itself hears of that by its signal.
    context.mcpReq.notify({ method: "notifications/progress", params }).catch(() => {});
  };
  const stopTimer = every(PROGRESS_MS, () => send(done + SIGN_OF_LIFE));
  return {
    report: send,
    stop: () => {
      isOver = true;
      stopTimer();
    },
  };
}

/** Too small to be taken for work done. */
const SIGN_OF_LIFE = 0.001;

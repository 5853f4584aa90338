import type { Server } from "@modelcontextprotocol/server";
import { AppError } from "../base/errors.ts";
import { SUBSCRIPTIONS_MAX } from "../base/limits.ts";
import { findResource } from "../tools/resources.ts";
import type { ClientState } from "./client-state.ts";
import { onClose } from "./on-close.ts";
import { refusal, refuse } from "./refusal.ts";
import type { ResourceUpdates } from "./updates.ts";

/** In the older era a client subscribes to one address after the other; in the newer one its stream does. */
export function serveSubscriptions(server: Server, updates: ResourceUpdates, state: ClientState): void {
  const uris = state.subscriptions;
  let stop: (() => void) | undefined;
  const follow = () => {
    stop ??= updates.subscribe((uri) => {
      // A client that has gone hears nothing more; its close ends this listener.
      if (uris.has(uri)) server.sendResourceUpdated({ uri }).catch(() => {});
    });
  };
  if (uris.size > 0) follow();

  server.setRequestHandler("resources/subscribe", async ({ params }) => {
    refusal(() => findResource(params.uri));
    if (uris.has(params.uri)) return {};
    if (uris.size >= SUBSCRIPTIONS_MAX) refuse(tooMany());
    uris.add(params.uri);
    follow();
    await state.changed().catch(refuse);
    return {};
  });

  server.setRequestHandler("resources/unsubscribe", async ({ params }) => {
    uris.delete(params.uri);
    if (uris.size === 0) {
      stop?.();
      stop = undefined;
    }
    await state.changed().catch(refuse);
    return {};
  });

  onClose(server, () => stop?.());
}

function tooMany(): AppError {
  return new AppError("rate_limited", "cannot subscribe: this connection follows too many resources", {
    hint: "Unsubscribe from some first.",
  });
}

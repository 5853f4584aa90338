import type { Server } from "@modelcontextprotocol/server";
import { AppError } from "../base/errors.ts";
import { SUBSCRIPTIONS_MAX } from "../base/limits.ts";
import { findResource } from "../tools/resources.ts";
import { onClose } from "./on-close.ts";
import { refusal, refuse } from "./refusal.ts";
import type { ResourceUpdates } from "./updates.ts";

/** In the older era a client subscribes to one address after the other; in the newer one its stream does. */
export function serveSubscriptions(server: Server, updates: ResourceUpdates): void {
  const uris = new Set<string>();
  let stop: (() => void) | undefined;

  server.setRequestHandler("resources/subscribe", ({ params }) => {
    refusal(() => findResource(params.uri));
    if (uris.size >= SUBSCRIPTIONS_MAX) refuse(tooMany());
    uris.add(params.uri);
    stop ??= updates.subscribe((uri) => {
      // A client that has gone hears nothing more; its close ends this listener.
      if (uris.has(uri)) server.sendResourceUpdated({ uri }).catch(() => {});
    });
    return {};
  });

  server.setRequestHandler("resources/unsubscribe", ({ params }) => {
    uris.delete(params.uri);
    if (uris.size === 0) {
      stop?.();
      stop = undefined;
    }
    return {};
  });

  onClose(server, () => stop?.());
}

function tooMany(): AppError {
  return new AppError("rate_limited", "cannot subscribe: this connection follows too many resources", {
    hint: "Unsubscribe from some first.",
  });
}

// Web pages may not reach a server on the user's own machine: neither by a foreign Origin, nor by a name
// that was pointed at loopback after the page was loaded (DNS rebinding). Checked on every route.
import { AppError } from "../base/errors.ts";
import type { Settings } from "../config/settings.ts";
import { isLoopback } from "./auth.ts";

type Rules = Pick<Settings, "allowed_hosts" | "allowed_origins" | "cors_origins" | "host">;

export function refuseStrangers(request: Request, rules: Rules): void {
  if (!URL.canParse(request.url)) {
    throw new AppError("invalid_input", "cannot read the address of this request: with its host it is no URL", {
      hint: "Send the header Host, and a path that begins with a slash.",
    });
  }
  const host = request.headers.get("host") ?? new URL(request.url).host;
  if (!isAllowedHost(hostnameOf(host), rules)) {
    throw new AppError("forbidden", `cannot answer for the host ${JSON.stringify(host.slice(0, SHOWN_MAX))}`, {
      hint: "If this name is yours, start the server with --allowed-hosts NAME.",
    });
  }
  const origin = request.headers.get("origin");
  if (origin === null && isSentByForeignPage(request) && !rules.allowed_origins.includes("*")) {
    throw new AppError("forbidden", "cannot answer a page of another site", {
      hint: "Open the address itself, or call from a page whose origin was named with --allowed-origins ORIGIN.",
    });
  }
  if (origin !== null && !isAllowedOrigin(origin, rules)) {
    throw new AppError("forbidden", `cannot answer a page of ${JSON.stringify(origin.slice(0, SHOWN_MAX))}`, {
      hint: "If this page is yours, start the server with --allowed-origins ORIGIN, or --cors-origins ORIGIN to let it read answers too.",
    });
  }
}

const SHOWN_MAX = 200;

/** Browsers name no origin for an image or a script, but they say that a page of another site wants it. A link that its user follows is no such thing. */
function isSentByForeignPage({ headers }: Request): boolean {
  if (headers.get("sec-fetch-site") !== "cross-site") return false;
  return headers.get("sec-fetch-mode") !== "navigate" || headers.get("sec-fetch-dest") !== "document";
}

/** The headers that let a page read an answer; none unless its origin was named for it. */
export function corsHeaders(request: Request, rules: Rules): Record<string, string> {
  const origin = request.headers.get("origin");
  if (origin === null || !includes(rules.cors_origins, origin)) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-allow-headers":
      "content-type, authorization, accept, last-event-id, idempotency-key, traceparent, x-request-id, x-cadre-workspace, x-cadre-agent, " +
      "mcp-session-id, mcp-protocol-version, mcp-method, mcp-name, x-mcp-toolsets, x-mcp-tools, x-mcp-exclude-tools, x-mcp-readonly",
    "access-control-expose-headers": "mcp-session-id, www-authenticate, x-request-id, retry-after",
    "access-control-max-age": "600",
    vary: "Origin",
  };
}

function isAllowedHost(hostname: string, { allowed_hosts, host }: Rules): boolean {
  if (isLoopback(hostname) || includes(allowed_hosts, hostname)) return true;
  // Bound to one address: asking for that address is asking for us.
  return hostname === host && !ANY_ADDRESS.includes(host);
}

const ANY_ADDRESS = ["0.0.0.0", "::", "[::]"];

function isAllowedOrigin(origin: string, { allowed_origins, cors_origins }: Rules): boolean {
  if (includes(allowed_origins, origin) || includes(cors_origins, origin)) return true;
  try {
    return isLoopback(new URL(origin).hostname);
  } catch {
    return false; // "null" and garbage.
  }
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes("*") || names.some((allowed) => allowed.toLowerCase() === name.toLowerCase());
}

function hostnameOf(host: string): string {
  return host.replace(/:\d+$/, "");
}

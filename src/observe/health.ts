import type { Host } from "../runtime/runtime.ts";

interface HealthParts {
  readonly runtime: { readonly host: Host };
  readonly version: string;
  readonly sql: { all(text: string): Promise<unknown[]> };
}

const OK = 200;
const UNAVAILABLE = 503;

/** Says whether work can be done: the program answers, and its database does. */
export async function healthOf({ runtime, version, sql }: HealthParts, proof?: string): Promise<Response> {
  const isReachable = await sql.all("SELECT 1 AS one").then(
    () => true,
    () => false,
  );
  const health = {
    status: isReachable ? "ok" : "degraded",
    name: "cadre",
    version,
    pid: runtime.host.pid,
    uptime_ms: Math.round(runtime.host.uptimeSeconds() * 1_000),
    database: isReachable ? "ok" : "unreachable",
    ...(proof ? { proof } : {}),
  };
  return Response.json(health, { status: isReachable ? OK : UNAVAILABLE });
}

// The same walls on macOS, by its own sandbox: a profile that begins with nothing allowed. A later rule wins.
import type { Plan } from "../confine.ts";
import type { Limits } from "../limits.ts";

const SANDBOX = "/usr/bin/sandbox-exec";

/** Programs and libraries of the system, and what says nothing of people. */
const READABLE = [
  "/usr",
  "/bin",
  "/sbin",
  "/System",
  "/Library/Apple",
  "/Library/Frameworks",
  "/Library/Developer/CommandLineTools",
  "/opt",
  "/private/etc/ssl",
  "/private/etc/localtime",
  "/private/var/db/dyld",
  "/private/var/db/timezone",
] as const;
const DEVICES = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom", "/dev/dtracehelper"] as const;
const WRITABLE_DEVICES = ["/dev/null", "/dev/zero"] as const;
/** Names of users and groups, and nothing else that a service of the system could do. */
const SERVICES = ["com.apple.system.opendirectoryd.libinfo", "com.apple.system.logger"] as const;
const FOR_NETWORK = ["com.apple.dnssd.service", "com.apple.SystemConfiguration.configd", "com.apple.trustd"] as const;

/** Paths are real ones: what is allowed is looked at after links are followed. */
export function seatbeltProfile(plan: Pick<Plan, "readable" | "writable" | "protected" | "network">): string {
  const { readable, writable, network } = plan;
  const kept = plan.protected ? [...plan.protected.readOnly, ...plan.protected.pinned] : [];
  return [
    "(version 1)",
    "(deny default)",
    "(allow process-fork)",
    "(allow signal (target same-sandbox))",
    "(allow sysctl-read)",
    "(allow file-read-metadata)",
    rule("process-exec*", subpaths([...READABLE, ...readable, ...writable])),
    rule("file-read*", [...subpaths([...READABLE, ...readable, ...writable]), ...literals(["/", ...DEVICES])]),
    rule("file-write*", subpaths(writable)),
    rule("file-write-data", literals(WRITABLE_DEVICES)),
    rule("mach-lookup", SERVICES.map(service)),
    ...networkRules(network),
    ...(kept.length > 0 ? [rule("file-write*", subpaths(kept), "deny")] : []),
  ].join("\n");
}

function networkRules(network: Plan["network"]): string[] {
  if (network === "off") return [];
  if (network === "on")
    return [
      "(allow network-outbound)",
      "(allow network-inbound)",
      "(allow system-socket)",
      rule("mach-lookup", FOR_NETWORK.map(service)),
    ];
  return [`(allow network-outbound (remote tcp "localhost:${network}"))`, "(allow system-socket)"];
}

function rule(action: string, filters: readonly string[], word: "allow" | "deny" = "allow"): string {
  return filters.length === 0 ? `; no ${action}` : `(${word} ${action}\n  ${filters.join("\n  ")})`;
}

function subpaths(paths: readonly string[]): string[] {
  return [...new Set(paths)].map((path) => `(subpath ${quoted(path)})`);
}

function literals(paths: readonly string[]): string[] {
  return paths.map((path) => `(literal ${quoted(path)})`);
}

function service(name: string): string {
  return `(global-name ${quoted(name)})`;
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&")}"`;
}

/**
 * A shell sets what the system counts by itself, and becomes the program. Memory is not among it: macOS does not hold
 * to those limits, so it is measured by looking.
 */
export function seatbeltCommand(plan: Plan, limits: Limits): readonly [string, ...string[]] {
  const set = [
    `ulimit -t ${Math.ceil(limits.cpuMs / 1_000)}`,
    `ulimit -f ${Math.ceil(limits.diskBytes / BLOCK_BYTES)}`,
    `ulimit -n ${limits.openFiles}`,
    "ulimit -c 0",
  ].join(" && ");
  return [SANDBOX, "-p", seatbeltProfile(plan), "/bin/sh", "-c", `${set} && exec "$@"`, "sh", ...plan.command];
}

const BLOCK_BYTES = 512;

import { RELEASES } from "../base/version.ts";
import { type CliContext, type Command, type CommandInput, isSet } from "./command.ts";

const yes = (help: string) => ({ kind: "boolean", help }) as const;
const text = (help: string) => ({ kind: "text", help }) as const;

/** There is a newer one. */
const NEWER = 1;

export const upgradeCommand: Command = {
  words: ["upgrade"],
  summary:
    "Fetches the newest release, checks its sum, tries it on your database, and puts it in the place of this one.",
  flags: {
    check: yes("Only say whether there is a newer one; exits with 1 when there is."),
    to: text("This version instead of the newest."),
    from: text("The address below which releases are published."),
    rollback: yes("Back to the one before."),
  },
  run: async (context, input) => {
    const { findRelease, refuseOwned, rollBack, upgradeTo } = await import("../setup/upgrade.ts");
    const parts = upgradeParts(context, input);
    if (isSet(input, "rollback")) return { ...(await rollBack(parts)) };
    if (!isSet(input, "check")) refuseOwned(parts);
    const wanted = input.flags["to"]?.at(-1);
    const release = await findRelease(parts, wanted);
    const answer = { version: context.version, released: release.version, newer: release.isNewer };
    if (isSet(input, "check")) {
      input.exitWith(release.isNewer ? NEWER : 0);
      return answer;
    }
    if (!release.isNewer && wanted === undefined) return { ...answer, upgraded: false };
    const { executable, previous } = await upgradeTo(release, parts);
    return { ...answer, upgraded: true, executable, previous, back: "cadre upgrade --rollback" };
  },
};

function upgradeParts({ runtime, clock, version, signal }: CliContext, input: CommandInput) {
  const { host } = runtime;
  const from = input.flags["from"]?.at(-1) ?? RELEASES;
  const say = (what: string) => {
    if (!input.asJson && host.isTerminal.err) host.writeErr(`${what}\n`);
  };
  return { host, clock, version, from, signal, say };
}

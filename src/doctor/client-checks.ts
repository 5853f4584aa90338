// How cadre stands in the clients of this machine, and whether what is written there starts.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { providersAtHand } from "../agents/model-names.ts";
import { modelsFile } from "../agents/models-file.ts";
import { PROVIDERS } from "../agents/provider-table.ts";
import { AppError } from "../base/errors.ts";
import { DOCTOR_GREETING_MS } from "../base/limits.ts";
import type { Launch } from "../setup/clients/client.ts";
import { greet } from "../setup/greeting.ts";
import { ownLaunch } from "../setup/launch.ts";
import { type EntryState, Setup } from "../setup/setup.ts";
import type { Check, CheckParts, Finding } from "./check.ts";
import { greeted } from "./server-checks.ts";

/** What setup calls an entry that was given no name. */
const NAME = "cadre";

export function clientChecks(parts: CheckParts): Check[] {
  const { runtime, clock, config, version } = parts;
  const setup = new Setup({ runtime, clock, version, dataFolder: config.folders.data, name: NAME });
  const launch = ownLaunch({ host: runtime.host, folders: config.folders, env: {} });
  const states = setup.states(launch);
  if (states.length === 0) {
    const fix = "cadre setup says where it looks; --print CLIENT shows what to put in by hand.";
    return [{ group: "clients", name: "clients", look: () => ({ status: "note", evidence: "none found", fix }) }];
  }
  const entries = states.map(
    (state): Check => ({ group: "clients", name: nameOf(state), look: () => entryFinding(state, setup) }),
  );
  return [...entries, ...startChecks(states, parts), ...keyChecks(states, parts)];
}

function nameOf({ plan: { target, name } }: EntryState): string {
  const more = [...(target.scope === "project" ? ["project"] : []), ...(name === NAME ? [] : [name])];
  return [target.client.id, ...more].join(", ");
}

function entryFinding({ plan, launch, wasWritten }: EntryState, setup: Setup): Finding {
  const { client, file } = plan.target;
  const again = `cadre setup ${client.id}${plan.name === NAME ? "" : ` --name ${plan.name}`}`;
  const mend = () => {
    const [applied] = setup.apply([plan], { launch, force: false, replaceOld: false });
    if (applied?.outcome === "written") return `wrote the entry into ${file}`;
    throw new AppError("failed", `cannot write ${file}: ${applied?.reason ?? "nothing changed"}`, { hint: again });
  };
  const program = plan.said?.commandLine[0];
  const isWhole = program !== undefined && /^([\\/]|[A-Za-z]:)/.test(program);
  const isGone = isWhole && !plan.target.isAround && !existsSync(program);
  switch (plan.state) {
    case "current":
      return { status: "ok", evidence: file };
    case "outdated": {
      const evidence = `${file} starts ${plan.said?.commandLine.join(" ") ?? plan.said?.url}${isGone ? ", which is gone" : ", not this cadre"}`;
      return { status: isGone ? "problem" : "warning", evidence, fix: again, mend };
    }
    case "missing":
      if (!wasWritten) return { status: "note", evidence: `not set up in ${file}`, fix: again };
      return {
        status: "problem",
        evidence: `the entry is gone from ${file}: another program wrote it anew`,
        fix: client.note ?? again,
        mend,
      };
    case "conflict":
      return { status: "note", evidence: `${file}: ${plan.reason}`, fix: `${again} --force` };
    default:
      return { status: "problem", evidence: `${file}: ${plan.reason}`, fix: `mend the file, then: ${again}` };
  }
}

type States = readonly EntryState[];

/** Each command line once, with the environment that its entry gives it. */
function startChecks(states: States, { runtime, clock }: CheckParts): Check[] {
  const distinct = new Map<string, Launch>();
  for (const { plan } of states) {
    const { said, target } = plan;
    const [command, ...args] = said?.commandLine ?? [];
    if (!said || plan.state === "conflict" || target.isAround) continue;
    const launch: Launch | undefined =
      command !== undefined
        ? { kind: "stdio", command, args, env: said.env }
        : said.url === undefined
          ? undefined
          : { kind: "http", url: said.url, headers: {} };
    if (launch) distinct.set(JSON.stringify(launch), launch);
  }
  return [...distinct.values()].map((launch) => ({
    group: "clients",
    name: "start",
    look: async (): Promise<Finding> => {
      const what = launch.kind === "stdio" ? launch.command : launch.url;
      try {
        const { version, tools, eras, ms } = await greet(launch, { runtime, clock, within: DOCTOR_GREETING_MS });
        return greeted(ms, `${what}: cadre ${version}, ${tools.length} tools, ${eras.join(" and ")}, ${ms} ms`);
      } catch (cause) {
        if (!(cause instanceof AppError)) throw cause;
        return { status: "problem", evidence: cause.message, fix: "cadre setup writes it anew" };
      }
    },
  }));
}

/** Some clients keep keys from their servers: then they belong into the entry. */
function keyChecks(states: States, { runtime: { host }, config }: CheckParts): Check[] {
  const strict = states.filter(({ plan }) => plan.target.client.passes !== undefined && plan.said !== undefined);
  return strict.map(({ plan }) => ({
    group: "clients",
    name: `${plan.target.client.id}, keys`,
    look: async (): Promise<Finding> => {
      const file = await modelsFile(join(config.folders.config, "models.yaml")).now();
      const keys = providersAtHand(file, host.env).flatMap((provider) => PROVIDERS[provider]?.keys ?? []);
      const lacking = keys.filter((key) => host.env[key] && plan.said?.env[key] === undefined);
      if (lacking.length === 0) return { status: "ok", evidence: "nothing is kept from cadre" };
      const { name, passes, id } = plan.target.client;
      const what = passes === "a few" ? "only a few variables" : "no variables that look like secrets";
      const fix = `cadre setup ${id} ${lacking.map((key) => `--env ${key}=…`).join(" ")}`;
      return {
        status: "note",
        evidence: `${name} passes on ${what}: ${lacking.join(", ")} ${lacking.length === 1 ? "does" : "do"} not reach cadre`,
        fix,
      };
    },
  }));
}

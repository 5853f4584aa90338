// Five things lie on a machine that cadre was on: entries in clients, a service, the executable, what is cached, what
// is kept.
import { existsSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { AppError, toAppError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import type { SystemService } from "../service/system-service.ts";
import { packageManagerOf } from "../setup/owner.ts";
import { Setup } from "../setup/setup.ts";
import { type CliContext, type CommandInput, isSet } from "./command.ts";
import { confirm } from "./confirm.ts";
import { serviceOf } from "./service-run.ts";

interface Step {
  readonly what: string;
  readonly outcome: "would go" | "gone" | "stays" | "failed";
  readonly detail?: string;
}

const FAILED = 1;
const SERVICE = "the service that starts cadre --http";

async function removeService(step: Step, service: SystemService): Promise<Step> {
  try {
    await service.remove();
    return { ...step, outcome: "gone" };
  } catch (cause) {
    return { ...step, outcome: "failed", detail: toAppError(cause).message };
  }
}

export async function runUninstall(
  context: CliContext,
  input: CommandInput,
): Promise<Record<string, unknown> | undefined> {
  const { runtime, clock, config, version } = context;
  const setup = new Setup({ runtime, clock, version, dataFolder: config.folders.data, name: "cadre" });
  const plans = setup.planRemovals({ clients: [] });
  const paths = pathsOf(context, isSet(input, "data"));
  const service = serviceOf(context);
  const services: Step[] = (await service.isInstalled()) ? [{ what: SERVICE, outcome: "would go" }] : [];
  const planned: Step[] = [
    ...plans.map(({ target, action, reason }): Step => {
      const what = `${target.client.id} entry in ${target.file}`;
      return action === "refuse" ? { what, outcome: "stays", detail: reason ?? "" } : { what, outcome: "would go" };
    }),
    ...services,
    ...paths,
  ];
  if (isSet(input, "dry-run")) return tell(planned, context, input);
  await ask(planned, context, input);
  const removed = setup.applyRemovals(plans).map(({ plan, outcome, reason }): Step => {
    const what = `${plan.target.client.id} entry in ${plan.target.file}`;
    return outcome === "written" ? { what, outcome: "gone" } : { what, outcome: "failed", detail: reason ?? "" };
  });
  const stopped = await Promise.all(services.map((step) => removeService(step, service)));
  const done = [...removed, ...stopped, ...paths.map((step) => removePath(step, runtime.host.platform))];
  input.exitWith(done.some(({ outcome }) => outcome === "failed") ? FAILED : 0);
  return tell(done, context, input);
}

/** Paths, the executable last: until then it can be started again. */
function pathsOf({ runtime: { host }, config }: CliContext, withData: boolean): Step[] {
  const { data, config: settings } = config.folders;
  const caches = ["packages", "setup", "logs"].map((name) => join(data, name)).filter((path) => existsSync(path));
  const kept = [...new Set([data, settings])].filter((path) => existsSync(path));
  const owner = packageManagerOf(host.executable);
  const program: Step = !host.isCompiled
    ? { what: host.self.join(" "), outcome: "stays", detail: "it runs from source" }
    : owner
      ? { what: host.executable, outcome: "stays", detail: `${owner.name} owns it: ${owner.uninstall}` }
      : { what: host.executable, outcome: "would go" };
  return [
    ...(withData ? [] : caches.map((what): Step => ({ what, outcome: "would go" }))),
    ...kept.map(
      (what): Step =>
        withData ? { what, outcome: "would go" } : { what, outcome: "stays", detail: "--data removes it" },
    ),
    ...completionLines(host.homeDir),
    program,
  ];
}

const SHELL_FILES = [".bashrc", ".bash_profile", ".zshrc", ".config/fish/config.fish"];

/** A line that somebody wrote by hand goes by hand. */
function completionLines(home: string): Step[] {
  return SHELL_FILES.map((name) => join(home, name))
    .filter((path) => existsSync(path) && readFileSync(path, "utf8").includes("cadre completions"))
    .map((what) => ({ what, outcome: "stays", detail: "take the line with cadre completions out of it" }));
}

async function ask(planned: readonly Step[], context: CliContext, input: CommandInput): Promise<void> {
  if (isSet(input, "yes")) return;
  const { runtime } = context;
  if (!runtime.host.isTerminal.in || input.asJson) {
    throw new AppError("invalid_input", "cannot remove anything: nobody is there to be asked", {
      hint: "Add --yes, or --dry-run to see what would go.",
    });
  }
  await tell(planned, context, input);
  if (await confirm("Remove this?", runtime)) return;
  throw new AppError("cancelled", "nothing was removed", { hint: "Your entries and data are as they were." });
}

function removePath(step: Step, platform: string): Step {
  if (step.outcome !== "would go") return step;
  try {
    // Windows does not remove what runs; under another name it goes with the next start of the machine's cleaning.
    if (platform === "win32" && step.what.endsWith(".exe")) renameSync(step.what, `${step.what}.old`);
    else rmSync(step.what, { recursive: true, force: true });
    return { ...step, outcome: "gone" };
  } catch (cause) {
    return { ...step, outcome: "failed", detail: (cause as { code?: string }).code ?? "unknown failure" };
  }
}

async function tell(steps: readonly Step[], { runtime }: CliContext, { asJson }: CommandInput) {
  if (asJson) return { steps: steps.map((step) => ({ ...step })) };
  const lines = steps.map(({ what, outcome, detail }) => {
    const more = detail ? `  (${printable(detail)})` : "";
    return `${outcome.padEnd(OUTCOME_WIDTH)}${printable(what)}${more}`;
  });
  await runtime.writeOut(`${lines.join("\n")}\n`);
  return undefined;
}

const OUTCOME_WIDTH = 10;

// What is said about programs from a terminal alone: what holds here, and what they may do.
import { join } from "node:path";
import { AppError } from "../base/errors.ts";
import { printable } from "../base/text.ts";
import { languageFindings, levelFindings, limitFindings } from "../sandbox/doctor.ts";
import { allow } from "../sandbox/policy/allow.ts";
import { inWords, MACHINE_LANGUAGES } from "../sandbox/policy/policy.ts";
import { codeAnalyze, codeBaseline } from "./code-analyze.ts";
import { codeRun } from "./code-run.ts";
import { codeWatch } from "./code-watch.ts";
import { type Command, isSet } from "./command.ts";

const yes = (help: string) => ({ kind: "boolean", help }) as const;

const codeDoctor: Command = {
  words: ["code", "doctor"],
  summary: "Shows by trying which levels of isolation work here, which languages run, and that each limit holds.",
  flags: {},
  run: async ({ open, signal, config }, input) => {
    const sandbox = await (await open()).executions.sandbox();
    const levels = await levelFindings(sandbox, signal);
    const languages = await languageFindings(sandbox, signal);
    const limits = levels.some(({ name, ok }) => ok && name !== "process") ? await limitFindings(sandbox, signal) : [];
    const isWell = [...languages.filter(({ name }) => name !== "python"), ...limits].every(({ ok }) => ok);
    input.exitWith(isWell ? 0 : 1);
    return {
      best: await sandbox.levels.best(),
      levels,
      languages,
      limits,
      policy: join(config.folders.config, "policy.yaml"),
      ...(limits.length > 0
        ? {}
        : {
            next: "Nothing confines Python, Bash and Bun here: they are refused, unless you allow one with cadre code allow LANGUAGE.",
          }),
    };
  },
};

const codeAllow: Command = {
  words: ["code", "allow"],
  summary:
    "Allows programs more than they have: python, bash or bun to run where nothing can confine them; network to HOSTS, or without hosts to everywhere.",
  positional: ["what", "hosts…"],
  flags: { remove: yes("Take it back.") },
  run: async ({ config }, input) => {
    const { what } = input.values;
    const path = join(config.folders.config, "policy.yaml");
    const isRemoved = isSet(input, "remove");
    if (what === "network") {
      const hosts = input.rest.map((host) => host.toLowerCase());
      return { policy: path, network: await allow(path, { network: hosts.length > 0 ? hosts : "on" }, isRemoved) };
    }
    if (MACHINE_LANGUAGES.some((one) => one === what) && what !== undefined)
      return { policy: path, unconfined: await allow(path, { unconfined: what }, isRemoved) };
    throw new AppError("invalid_input", `cannot allow ${printable(what ?? "nothing")}`, {
      hint: `There are network, ${MACHINE_LANGUAGES.join(", ")}; all else stands in policy.yaml.`,
    });
  },
};

const codeFetch: Command = {
  words: ["code", "fetch"],
  summary: "Fetches pyodide, a Python in WebAssembly, for machines without python3: 6 MB from npm's registry, once.",
  positional: ["what"],
  flags: { from: { kind: "text", help: "The archive: an address, or a file that was fetched elsewhere." } },
  run: async ({ open }, input) => {
    const { what } = input.values;
    const from = input.flags["from"]?.at(-1);
    if (what !== "pyodide") {
      throw new AppError("invalid_input", `cannot fetch ${printable(what ?? "nothing")}`, {
        hint: "There is pyodide: cadre code fetch pyodide.",
      });
    }
    const { pyodide } = await (await open()).executions.sandbox();
    return { folder: pyodide.folder, size_bytes: await pyodide.fetch(from) };
  },
};

const codePolicy: Command = {
  words: ["code", "policy"],
  summary: "The policy that programs of this project run under: yours, tightened by the project's.",
  run: async ({ open, workspace }) => inWords(await (await open()).executions.policy(workspace)),
};

export const codeCommands: readonly Command[] = [
  codeRun,
  codeAnalyze,
  codeBaseline,
  codeWatch,
  codeDoctor,
  codeAllow,
  codeFetch,
  codePolicy,
];

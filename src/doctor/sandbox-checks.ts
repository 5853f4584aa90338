// What programs are confined by on this machine; `cadre code doctor` proves each limit as well.
import { join } from "node:path";
import { languageFindings, levelFindings } from "../sandbox/doctor.ts";
import { Sandbox } from "../sandbox/sandbox.ts";
import type { Check, CheckParts, Finding } from "./check.ts";

export function sandboxChecks({ runtime, clock, config, signal }: CheckParts): Check[] {
  const withSandbox = async <T>(work: (sandbox: Sandbox) => Promise<T>): Promise<T> => {
    const sandbox = new Sandbox(runtime, clock, join(config.folders.data, "packages"));
    try {
      return await work(sandbox);
    } finally {
      await sandbox.close();
    }
  };
  return [
    {
      group: "sandbox",
      name: "isolation",
      look: async (): Promise<Finding> => {
        const levels = await withSandbox((sandbox) => levelFindings(sandbox, signal));
        const works = levels.filter(({ ok }) => ok).map(({ name }) => name);
        const lacking = levels.filter(({ ok }) => !ok);
        const fix = lacking.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
        if (works.length > 1) return { status: "ok", evidence: works.join(", "), fix: fix === "" ? undefined : fix };
        const evidence = "nothing confines Python, Bash and Bun here: they are refused";
        return { status: "warning", evidence, fix: fix || "cadre code allow LANGUAGE lets one run unconfined" };
      },
    },
    {
      group: "sandbox",
      name: "languages",
      look: async (): Promise<Finding> => {
        const languages = await withSandbox((sandbox) => languageFindings(sandbox, signal));
        const lacking = languages.filter(({ ok }) => !ok);
        const evidence = languages
          .map(({ name, ok, detail }) => (ok ? `${name} ${detail}` : `${name} does not run`))
          .join("; ");
        const fix = lacking.map(({ name, detail }) => `${name}: ${detail}`).join("; ");
        return { status: lacking.length === 0 ? "ok" : "note", evidence, fix: fix === "" ? undefined : fix };
      },
    },
  ];
}

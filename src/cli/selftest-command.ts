import type { CliContext, Command, CommandInput } from "./command.ts";
import { painter } from "./output.ts";

const BROKEN = 1;

export const selftestCommand: Command = {
  words: ["selftest"],
  summary:
    "Proves in five steps, offline and on data of its own, that this cadre works here. Exits with 1 when it does not.",
  run: async (context, input) => {
    const { selftest } = await import("../doctor/selftest.ts");
    const { runtime, clock, config, signal } = context;
    const proofs = await selftest({ runtime, clock, config, signal });
    const isWell = proofs.every(({ status }) => status === "ok");
    input.exitWith(isWell ? 0 : BROKEN);
    return show(proofs, isWell, context, input);
  },
};

async function show(
  proofs: readonly { name: string; status: string; evidence: string; ms: number }[],
  isWell: boolean,
  { runtime }: CliContext,
  { asJson }: CommandInput,
) {
  if (asJson) return { works: isWell, proofs };
  const paint = painter(runtime.host);
  const lines = proofs.map(({ name, status, evidence, ms }) => {
    const mark = status === "ok" ? paint("green", "ok     ") : paint("red", "PROBLEM");
    return `${name.padEnd(NAME_WIDTH)}  ${mark}  ${evidence} (${ms} ms)`;
  });
  await runtime.writeOut(`${lines.join("\n")}\n`);
  return undefined;
}

const NAME_WIDTH = 12;

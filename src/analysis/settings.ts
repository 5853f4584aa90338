// `.cadre/analysis.yaml`: which rules hold in a project, where, and from where on.
import { z } from "zod";
import type { Finding } from "./finding.ts";
import { SEVERITIES } from "./finding.ts";

export const ANALYSIS_FILE = [".cadre", "analysis.yaml"] as const;

const Name = z.string().min(1).max(200);
/** A rule of a project's own: what fits is found. */
const OwnRule = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,60}$/),
  pattern: z.string().min(1).max(1_000).describe("A regular expression; ^ and $ fit the ends of a line."),
  paths: z.array(Name).max(50).optional().describe("As .gitignore has them; without them, every file."),
  message: z.string().min(1).max(500),
  help: z.string().max(1_000).default("See the project's own rules."),
  severity: z.enum(SEVERITIES).default("medium"),
});
export type OwnRule = z.infer<typeof OwnRule>;

const Flows = z
  .strictObject({
    sources: z.array(Name).max(200).default([]).describe("What comes from outside: app.request.query"),
    sanitizers: z.record(Name, z.array(Name).max(200)).default({}).describe("By weakness: what makes it safe."),
    sinks: z.record(Name, z.array(Name).max(200)).default({}).describe("By weakness: where it must not go."),
  })
  .describe("Names as the rules have them: module.function, *.method; a sink with its argument, run:0.");

export const AnalysisSettings = z.strictObject({
  rules: z
    .record(Name, z.enum(["off", ...SEVERITIES]))
    .default({})
    .describe("By rule, or by family/*: off, or another severity."),
  ignore: z.array(Name).max(200).default([]).describe("Paths that are not looked into, as .gitignore has them."),
  own: z.array(OwnRule).max(100).default([]),
  flows: z.partialRecord(z.enum(["python", "javascript"]), Flows).default({}),
});
export type AnalysisSettings = z.infer<typeof AnalysisSettings>;

/** Without a file everything holds as it is. */
export const PLAIN_SETTINGS: AnalysisSettings = AnalysisSettings.parse({});

/** What a project says of a finding: nothing is left of it, or it is as grave as the project says. */
export function bySettings({ rules }: AnalysisSettings, finding: Finding): Finding | undefined {
  const said = rules[finding.rule] ?? rules[`${finding.rule.slice(0, finding.rule.indexOf("/"))}/*`];
  if (said === undefined) return finding;
  return said === "off" ? undefined : { ...finding, severity: said };
}

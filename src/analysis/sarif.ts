// Findings as SARIF 2.1.0, as GitHub and others read it.
import type { ArtifactLocation, CodeFlow, Fix, Log, Suppression } from "sarif";
import { VERSION } from "../base/version.ts";
import type { Finding } from "./finding.ts";

const LEVELS = { critical: "error", high: "error", medium: "warning", low: "note", info: "note" } as const;
/** What GitHub sorts by. */
const SECURITY_SEVERITY = { critical: "9.5", high: "8.0", medium: "5.5", low: "3.0", info: "1.0" } as const;

export function sarifOf(findings: readonly Finding[]): Log {
  const rules = [...new Map(findings.map((one) => [one.rule, one])).values()];
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "cadre",
            semanticVersion: VERSION,
            rules: rules.map(({ rule: id, message, help, cwe, severity, confidence }) => ({
              id,
              shortDescription: { text: message },
              help: { text: help },
              properties: {
                "security-severity": SECURITY_SEVERITY[severity],
                precision: confidence === "low" ? "low" : confidence === "medium" ? "medium" : "high",
                tags: ["security", ...cwe.map((number) => `external/cwe/cwe-${String(number).padStart(3, "0")}`)],
              },
            })),
          },
        },
        columnKind: "utf16CodeUnits",
        results: findings.map((one) => ({
          ruleId: one.rule,
          ruleIndex: rules.findIndex(({ rule }) => rule === one.rule),
          level: LEVELS[one.severity],
          message: { text: one.commit ? `${one.message} (in commit ${one.commit})` : one.message },
          locations: [
            {
              physicalLocation: {
                artifactLocation: locationOf(one.path),
                region: {
                  startLine: one.line,
                  startColumn: one.column,
                  endLine: one.end_line,
                  endColumn: one.end_column,
                },
              },
            },
          ],
          partialFingerprints: { "cadre/v1": one.fingerprint },
          ...(one.fix ? { fixes: [fixOf(one)] } : {}),
          ...(one.flow ? { codeFlows: [flowOf(one.path, one.flow)] } : {}),
          ...(one.suppressed ? { suppressions: [suppressionOf(one.suppressed)] } : {}),
        })),
      },
    ],
  };
}

function locationOf(path: string): ArtifactLocation {
  return { uri: encodeURI(path), uriBaseId: "%SRCROOT%" };
}

function fixOf({ path, help, fix = [] }: Finding): Fix {
  const replacements = fix.map(({ line, column, end_line: endLine, end_column: endColumn, text }) => ({
    deletedRegion: { startLine: line, startColumn: column, endLine, endColumn },
    insertedContent: { text },
  }));
  return { description: { text: help }, artifactChanges: [{ artifactLocation: locationOf(path), replacements }] };
}

function flowOf(path: string, flow: NonNullable<Finding["flow"]>): CodeFlow {
  const locations = flow.map(({ line, what }) => ({
    location: {
      physicalLocation: {
        artifactLocation: locationOf(path),
        region: { startLine: line },
      },
      message: { text: what },
    },
  }));
  return { threadFlows: [{ locations }] };
}

function suppressionOf({ reason }: NonNullable<Finding["suppressed"]>): Suppression {
  return { kind: "inSource", status: "accepted", ...(reason ? { justification: reason } : {}) };
}

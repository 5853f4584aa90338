// One number for a piece of code, from 0 to 100, and where its points were lost. The same findings have the same score.
import type { Score } from "./analysis-answer.ts";
import type { Area, Finding } from "./finding.ts";

export interface Scored {
  readonly findings: readonly Finding[];
  /** Lines of code, and lines that stand elsewhere too. */
  readonly code: number;
  readonly duplicated: number;
  /** 0 to 100, by lines of code. */
  readonly maintainability: number | undefined;
}

const GRAVITY = { critical: 10, high: 5, medium: 2, low: 0.5, info: 0 } as const;
const SURENESS = { high: 1, medium: 0.6, low: 0.3 } as const;
/** What a part counts for, and how fast it falls with what is found in a thousand lines. */
const PARTS: Readonly<Record<Area, { readonly weight: number; readonly fall: number }>> = {
  security: { weight: 35, fall: 0.15 },
  reliability: { weight: 20, fall: 0.1 },
  maintainability: { weight: 25, fall: 0.05 },
  secrets: { weight: 10, fall: 0.2 },
};
const DUPLICATION = { weight: 10, fall: 5 } as const;
const CAPS = [
  { severity: "critical", score: 40 },
  { severity: "high", score: 70 },
] as const;
/** What is found in a few lines counts as if it were found in so many. */
const LINES_LEAST = 500;
const CAUSES_SHOWN = 5;
/** A mean of maintainability from which on nothing is lost. */
const MAINTAINABLE = 65;

export function scoreOf({ findings, code, duplicated, maintainability = 100 }: Scored): Score {
  const thousands = Math.max(code, LINES_LEAST) / 1_000;
  const lostBy = new Map<string, { findings: number; lost: number }>();
  const parts = Object.entries(PARTS).map(([part, { weight, fall }]) => {
    const its = findings.filter(({ area }) => area === part);
    const burden = its.reduce((sum, one) => sum + burdenOf(one), 0);
    const worn = part === "maintainability" ? Math.min(1, maintainability / MAINTAINABLE) : 1;
    const score = 100 * Math.exp((-fall * burden) / thousands) * worn;
    for (const one of its)
      addCause(lostBy, one.rule, burden === 0 ? 0 : ((100 - score) * weight * burdenOf(one)) / burden / 100);
    return { part, score: rounded(score), weight, lost: rounded(((100 - score) * weight) / 100), findings: its.length };
  });
  const same = 100 * Math.exp(-DUPLICATION.fall * (code === 0 ? 0 : Math.min(1, duplicated / code)));
  const duplication = {
    part: "duplication",
    score: rounded(same),
    weight: DUPLICATION.weight,
    lost: rounded(((100 - same) * DUPLICATION.weight) / 100),
  };
  const all = [...parts, duplication];
  const whole = 100 - all.reduce((sum, { lost }) => sum + lost, 0);
  const cap = capOf(findings);
  return {
    score: rounded(Math.max(0, Math.min(whole, cap?.score ?? 100))),
    parts: all,
    causes: [...lostBy]
      .map(([rule, one]) => ({ rule, findings: one.findings, lost: rounded(one.lost) }))
      .filter(({ lost }) => lost > 0)
      .sort((one, other) => other.lost - one.lost || (one.rule < other.rule ? -1 : 1))
      .slice(0, CAUSES_SHOWN),
    ...(cap && cap.score < whole ? { at_most: cap } : {}),
  };
}

function addCause(lostBy: Map<string, { findings: number; lost: number }>, rule: string, lost: number): void {
  const known = lostBy.get(rule) ?? { findings: 0, lost: 0 };
  lostBy.set(rule, { findings: known.findings + 1, lost: known.lost + lost });
}

function burdenOf({ severity, confidence }: Finding): number {
  return GRAVITY[severity] * SURENESS[confidence];
}

function capOf(findings: readonly Finding[]): { readonly score: number; readonly because: string } | undefined {
  for (const { severity, score } of CAPS) {
    const grave = findings.find(
      (one) =>
        one.severity === severity && one.confidence === "high" && (one.area === "security" || one.area === "secrets"),
    );
    if (grave) return { score, because: `${grave.rule} at ${grave.path}:${grave.line}` };
  }
  return undefined;
}

function rounded(number: number): number {
  return Math.round(number * 10) / 10;
}

// What a run may spend. Invariant: nobody begins an answer when the budget is used up, and an answer that uses it up
// is stopped; so a run spends no more than its budget and what the open answers were asked.
import type { RunBudget } from "../base/call-tool.ts";
import { AppError } from "../base/errors.ts";
import type { Spent } from "../store/replies.ts";
import { NANO } from "./prices.ts";

type BudgetLimits = RunBudget;

interface Open {
  nano: number;
  tokens: number;
}

/** Of one run with all that it started; shared by all of its answers in this process. */
export class Budget {
  readonly #limits: BudgetLimits;
  readonly #open = new Set<Open>();
  #spent: Pick<Spent, "cost_nano" | "tokens"> = { cost_nano: 0, tokens: 0 };

  constructor(limits: BudgetLimits) {
    this.#limits = limits;
  }

  /** What has no price cannot be kept to it. */
  get needsPrice(): boolean {
    return this.#limits.usd !== undefined && this.#limits.isDefault !== true;
  }

  /** What the rows say; what is open is counted here. */
  know(spent: Pick<Spent, "cost_nano" | "tokens">): void {
    this.#spent = spent;
  }

  /** Throws when no more than this part of it is left to spend. */
  check(share: number): void {
    const { usd, tokens } = this.#limits;
    const used = this.#used();
    if (usd !== undefined && used.nano >= usd * share * NANO) {
      throw overBudget(`$${(used.nano / NANO).toFixed(4)} of $${usd}`, share);
    }
    if (tokens !== undefined && used.tokens >= tokens * share)
      throw overBudget(`${used.tokens} of ${tokens} tokens`, share);
  }

  /** Tokens that may still be written, if there is a bound to them. */
  tokensLeft(share: number): number | undefined {
    const { tokens } = this.#limits;
    return tokens === undefined ? undefined : Math.max(1, Math.floor(tokens * share - this.#used().tokens));
  }

  open(): Open & Disposable {
    const open: Open = { nano: 0, tokens: 0 };
    this.#open.add(open);
    return Object.assign(open, { [Symbol.dispose]: () => void this.#open.delete(open) });
  }

  #used(): { nano: number; tokens: number } {
    let { cost_nano: nano, tokens } = this.#spent;
    for (const open of this.#open) {
      nano += open.nano;
      tokens += open.tokens;
    }
    return { nano, tokens };
  }
}

function overBudget(used: string, share: number): AppError {
  const part = share < 1 ? ` (this agent may use ${Math.round(share * 100)} % of it)` : "";
  return new AppError("over_budget", `the budget is used up: ${used}${part}`, {
    hint: "Start it with a larger budget; cadre cost report shows what was spent.",
  });
}

/** Is told what becomes of answers of models. */
export interface ReplyMeter {
  reply(provider: string, outcome: string, used: ReplyUse): void;
}

export interface ReplyUse {
  readonly input: number | null;
  readonly output: number | null;
  /** Dollars; null where nobody knows the price. */
  readonly cost: number | null;
}

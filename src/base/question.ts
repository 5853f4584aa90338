/** To whoever sits at the client of a call. */
export interface Question {
  /** The same each time that it is asked. */
  readonly key: string;
  readonly message: string;
  readonly details?: unknown;
  /** What a call is given back that goes on with the answer. */
  readonly resume: string;
}

export interface Answer {
  readonly approved: boolean;
  readonly note?: string | undefined;
}

/** Answers nothing when nobody says anything now. */
export type Ask = (question: Question) => Promise<Answer | undefined>;

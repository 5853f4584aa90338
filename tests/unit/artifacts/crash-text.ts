const CHARS = 200_000;

/** A long text that says at its beginning and at its end which one it is. */
export function textOfRound(round: number): string {
  return `${round}:${"x".repeat(CHARS + (round % 7) * 1_000)}:${round}`;
}

export function isWholeText(text: string): boolean {
  return text === textOfRound(Number.parseInt(text, 10));
}

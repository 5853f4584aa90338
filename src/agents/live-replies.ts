/** A piece of an answer, at the moment at which it comes. */
export interface LivePiece {
  readonly reply: string;
  readonly run: string;
  readonly root: string;
  readonly agent: string;
  readonly kind: "text" | "thought";
  readonly text: string;
}

type Listener = (piece: LivePiece) => void;

/** Whoever looks on while models answer in this process. What they miss is in the journal. */
export class LiveReplies {
  readonly #byRoot = new Map<string, Set<Listener>>();

  tell(piece: LivePiece): void {
    for (const listener of this.#byRoot.get(piece.root) ?? []) listener(piece);
  }

  /** Of a run with all that it started, until the returned function is called. */
  listen(root: string, listener: Listener): () => void {
    const listeners = this.#byRoot.get(root) ?? new Set();
    this.#byRoot.set(root, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#byRoot.delete(root);
    };
  }
}

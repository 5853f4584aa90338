// Closed lists of words that rows, inputs and answers share.

/** How much there is to think about. */
export const COMPLEXITIES = ["simple", "moderate", "complex", "very_complex"] as const;
export type Complexity = (typeof COMPLEXITIES)[number];

/** Who works a task. */
export const WORKERS = ["client", "code", "tool", "gate", "agent"] as const;
export type Worker = (typeof WORKERS)[number];

/** `completion` waits until the other is completed, `blocks` until it is over however it ended, `related` never. */
export const NEED_KINDS = ["completion", "blocks", "related"] as const;
export type NeedKind = (typeof NEED_KINDS)[number];

/** What kind of result an artifact is. */
export const ARTIFACT_TYPES = ["code", "documentation", "analysis", "design", "test", "config", "general"] as const;
export type ArtifactType = (typeof ARTIFACT_TYPES)[number];

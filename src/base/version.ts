import manifest from "../../package.json" with { type: "json" };

declare const CADRE_COMMIT: string | undefined;

export const VERSION: string = manifest.version;
/** Stamped by build.ts; from source there is none. */
export const COMMIT: string = typeof CADRE_COMMIT === "undefined" ? "source" : CADRE_COMMIT;

import manifest from "../../package.json" with { type: "json" };

declare const CADRE_COMMIT: string | undefined;
declare const CADRE_RELEASES: string | undefined;

export const VERSION: string = manifest.version;
/** Stamped by build.ts; from source there is none. */
export const COMMIT: string = typeof CADRE_COMMIT === "undefined" ? "source" : CADRE_COMMIT;
/** Where releases are published; stamped by who publishes them. */
export const RELEASES: string = typeof CADRE_RELEASES === "undefined" ? "" : CADRE_RELEASES;

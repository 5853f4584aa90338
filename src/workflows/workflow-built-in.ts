// The workflows that come with cadre.
import bugHunt from "./built-in/bug-hunt.yaml" with { type: "text" };
import codeReview from "./built-in/code-review.yaml" with { type: "text" };
import dataPipeline from "./built-in/data-pipeline.yaml" with { type: "text" };
import dependencyUpgrade from "./built-in/dependency-upgrade.yaml" with { type: "text" };
import nightlyScan from "./built-in/nightly-scan.yaml" with { type: "text" };
import releaseChecklist from "./built-in/release-checklist.yaml" with { type: "text" };

/** The text of each, by id. */
export const BUILT_IN_WORKFLOWS: ReadonlyMap<string, string> = new Map([
  ["bug-hunt", bugHunt],
  ["code-review", codeReview],
  ["data-pipeline", dataPipeline],
  ["dependency-upgrade", dependencyUpgrade],
  ["nightly-scan", nightlyScan],
  ["release-checklist", releaseChecklist],
]);

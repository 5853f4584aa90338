// The workflows that come with cadre.
import bugHunt from "./built-in/bug-hunt.yaml" with { type: "text" };
import codeReview from "./built-in/code-review.yaml" with { type: "text" };
import dataPipeline from "./built-in/data-pipeline.yaml" with { type: "text" };
import dependencyUpgrade from "./built-in/dependency-upgrade.yaml" with { type: "text" };
import nightlyScan from "./built-in/nightly-scan.yaml" with { type: "text" };
import releaseChecklist from "./built-in/release-checklist.yaml" with { type: "text" };
import scan from "./built-in/scan.yaml" with { type: "text" };
import agent from "./patterns/agent.yaml" with { type: "text" };
import citationCheck from "./patterns/citation-check.yaml" with { type: "text" };
import debate from "./patterns/debate.yaml" with { type: "text" };
import iterativeResearch from "./patterns/iterative-research.yaml" with { type: "text" };
import mapReduce from "./patterns/map-reduce.yaml" with { type: "text" };
import planExecute from "./patterns/plan-execute.yaml" with { type: "text" };
import refine from "./patterns/refine.yaml" with { type: "text" };
import research from "./patterns/research.yaml" with { type: "text" };
import route from "./patterns/route.yaml" with { type: "text" };
import search from "./patterns/search.yaml" with { type: "text" };
import sequential from "./patterns/sequential.yaml" with { type: "text" };
import vote from "./patterns/vote.yaml" with { type: "text" };

/** The text of each, by id. */
export const BUILT_IN_WORKFLOWS: ReadonlyMap<string, string> = new Map([
  ["bug-hunt", bugHunt],
  ["code-review", codeReview],
  ["data-pipeline", dataPipeline],
  ["dependency-upgrade", dependencyUpgrade],
  ["nightly-scan", nightlyScan],
  ["release-checklist", releaseChecklist],
  ["scan", scan],
  ["agent", agent],
  ["citation-check", citationCheck],
  ["debate", debate],
  ["iterative-research", iterativeResearch],
  ["map-reduce", mapReduce],
  ["plan-execute", planExecute],
  ["refine", refine],
  ["research", research],
  ["route", route],
  ["search", search],
  ["sequential", sequential],
  ["vote", vote],
]);

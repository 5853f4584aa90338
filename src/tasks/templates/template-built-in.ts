// The templates that come with cadre.
import { readYaml } from "../../config/yaml.ts";
import content from "./built-in/content.yaml" with { type: "text" };
import dataAnalysis from "./built-in/data-analysis.yaml" with { type: "text" };
import databaseSchema from "./built-in/database-schema.yaml" with { type: "text" };
import devops from "./built-in/devops.yaml" with { type: "text" };
import documentation from "./built-in/documentation.yaml" with { type: "text" };
import mlPipeline from "./built-in/ml-pipeline.yaml" with { type: "text" };
import modelIntegration from "./built-in/model-integration.yaml" with { type: "text" };
import research from "./built-in/research.yaml" with { type: "text" };
import restApi from "./built-in/rest-api.yaml" with { type: "text" };
import reviewAndRefactor from "./built-in/review-and-refactor.yaml" with { type: "text" };
import testStrategy from "./built-in/test-strategy.yaml" with { type: "text" };
import webApp from "./built-in/web-app.yaml" with { type: "text" };
import { TemplateFile } from "./template-file.ts";

const TEXTS: Readonly<Record<string, string>> = {
  content,
  "data-analysis": dataAnalysis,
  "database-schema": databaseSchema,
  devops,
  documentation,
  "ml-pipeline": mlPipeline,
  "model-integration": modelIntegration,
  research,
  "rest-api": restApi,
  "review-and-refactor": reviewAndRefactor,
  "test-strategy": testStrategy,
  "web-app": webApp,
};

/** The text of each, by id. */
export const BUILT_IN_TEMPLATES: ReadonlyMap<string, string> = new Map(Object.entries(TEXTS));

export interface TemplateHead extends Pick<TemplateFile, "name" | "description" | "parameters"> {
  readonly tasks: number;
}

/**
 * What a list shows of a built-in template. Its file is known to be right, so what stands above its tasks is enough:
 * they are nine tenths of what there is to parse, and clients ask for the list as soon as they start.
 */
export async function readHead(text: string): Promise<TemplateHead> {
  const at = text.indexOf("\ntasks:\n");
  const read = await readYaml(text.slice(0, at));
  if ("problem" in read) throw new Error(`built-in template: ${read.problem.message}`);
  const { name, description, parameters } = TemplateFile.omit({ tasks: true }).parse(read.value);
  return { name, description, parameters, tasks: text.slice(at).match(/^ {2}- /gm)?.length ?? 0 };
}

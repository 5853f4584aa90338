// The templates that come with cadre.
import { readYaml } from "../config/yaml.ts";
import { TemplateFile } from "./template-file.ts";
import content from "./templates/content.yaml" with { type: "text" };
import dataAnalysis from "./templates/data-analysis.yaml" with { type: "text" };
import databaseSchema from "./templates/database-schema.yaml" with { type: "text" };
import devops from "./templates/devops.yaml" with { type: "text" };
import documentation from "./templates/documentation.yaml" with { type: "text" };
import mlPipeline from "./templates/ml-pipeline.yaml" with { type: "text" };
import modelIntegration from "./templates/model-integration.yaml" with { type: "text" };
import research from "./templates/research.yaml" with { type: "text" };
import restApi from "./templates/rest-api.yaml" with { type: "text" };
import reviewAndRefactor from "./templates/review-and-refactor.yaml" with { type: "text" };
import testStrategy from "./templates/test-strategy.yaml" with { type: "text" };
import webApp from "./templates/web-app.yaml" with { type: "text" };

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

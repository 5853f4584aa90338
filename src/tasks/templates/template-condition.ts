// `when`: the name of a boolean parameter, `name=value` or `name!=value`.
import type { TemplateFile } from "./template-file.ts";
import { shown, unknownParameter } from "./template-text.ts";
import { readValue, type TemplateValue, textOf } from "./template-values.ts";

type Parameters = TemplateFile["parameters"];

interface Condition {
  readonly name: string;
  readonly isEqual: boolean;
  readonly text: string | undefined;
}

const CONDITION = /^([^=!\s]+)(?:\s*(!?=)\s*(\S.*))?$/;

export function conditionProblem(when: string, parameters: Parameters): string | undefined {
  const condition = parse(when);
  if (!condition) return `${shown(when)} is neither the name of a parameter, nor name=value, nor name!=value`;
  const { name, text } = condition;
  const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
  if (!parameter) return unknownParameter(name, Object.keys(parameters));
  if (parameter.type === "list") return `${name} is a list: a task for each of its entries says each`;
  if (text === undefined) {
    return parameter.type === "boolean" ? undefined : `${name} is a ${parameter.type}: say ${name}=value`;
  }
  const read = readValue(parameter, text);
  return "problem" in read ? `${name}: ${read.problem}` : undefined;
}

/** Whether a task with this condition is part of the plan. A parameter without a value equals nothing. */
export function holds(when: string, parameters: Parameters, values: ReadonlyMap<string, TemplateValue>): boolean {
  const condition = parse(when);
  const parameter = condition && parameters[condition.name];
  if (!condition || !parameter) return false;
  const value = values.get(condition.name);
  if (condition.text === undefined) return value === true;
  const wanted = readValue(parameter, condition.text);
  const isSame = value !== undefined && "value" in wanted && textOf(wanted.value) === textOf(value);
  return isSame === condition.isEqual;
}

function parse(when: string): Condition | undefined {
  const [, name, sign, text] = CONDITION.exec(when) ?? [];
  return name === undefined ? undefined : { name, isEqual: sign !== "!=", text };
}

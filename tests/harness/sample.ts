type Schema = Readonly<Record<string, unknown>>;

/** The least that has the form of a JSON schema; numbers as large as they may be. */
export function sampleOf(schema: Schema): unknown {
  const { type, properties = {}, required = [], items = {}, minItems = 1, maximum = 5 } = schema;
  const choices = schema["enum"];
  if (Array.isArray(choices)) return choices[0];
  switch (type) {
    case "object": {
      const entries = Object.entries(properties as Record<string, Schema>);
      const needed = entries.filter(([name]) => (required as string[]).includes(name));
      return Object.fromEntries(needed.map(([name, inner]) => [name, name === "url" ? NOWHERE : sampleOf(inner)]));
    }
    case "array":
      return Array.from({ length: Number(minItems) }, () => sampleOf(items as Schema));
    case "number":
    case "integer":
      return maximum;
    case "boolean":
      return false;
    default:
      return "a text";
  }
}

/** An address where nobody answers. */
export const NOWHERE = "http://127.0.0.1:9/page";

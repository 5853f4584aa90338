interface Native {
  readonly YAML?: { parse(text: string): unknown };
}

/** What a YAML text of this program's own says: read by the runtime where it can, thirty times as fast as the library. */
export async function ownYaml(text: string): Promise<unknown> {
  const { Bun: native } = globalThis as { readonly Bun?: Native };
  return native?.YAML ? native.YAML.parse(text) : (await import("yaml")).parse(text);
}

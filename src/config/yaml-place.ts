import type { Node, Pair, YAMLMap } from "yaml";

export interface YamlPlace {
  readonly line: number;
  readonly column: number;
}

/**
 * Where in a YAML text the value at `path` is written: its key in a mapping, the item in a list, or as deep on the
 * way as the text goes. For a text that `readYaml` has taken; it reads it again, because only mistakes need it.
 */
export async function placeInYaml(text: string, path: readonly PropertyKey[]): Promise<YamlPlace> {
  return (await yamlPlaces(text))(path);
}

/** The same for any number of places: the text is read once. */
export async function yamlPlaces(text: string): Promise<(path: readonly PropertyKey[]) => YamlPlace> {
  const { isAlias, isMap, isSeq, LineCounter, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, uniqueKeys: false });
  return (path) => {
    let node = document.contents as Node | null | undefined;
    let at = node?.range?.[0] ?? 0;
    for (const part of path) {
      // What an alias stands for is written elsewhere: the place to mend is there.
      if (isAlias(node)) node = node.resolve(document);
      if (isMap(node)) {
        const pair = pairOf(node, part);
        at = (pair?.key as Node | undefined)?.range?.[0] ?? at;
        node = pair?.value as Node | null | undefined;
      } else if (isSeq(node)) {
        node = node.items[Number(part)] as Node | undefined;
        at = node?.range?.[0] ?? at;
      }
    }
    const { line, col } = lineCounter.linePos(at);
    // An empty text has no line at all.
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
}

function pairOf(map: YAMLMap, part: PropertyKey): Pair | undefined {
  return map.items.find(({ key }) => String((key as { value?: unknown } | null)?.value) === String(part));
}

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: Sample[];
}

const SAMPLE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"(?:,|$)/y;

/** Reads Prometheus' text format strictly: whatever a scraper would refuse throws. */
export function parseMetrics(text: string): Map<string, Family> {
  if (!text.endsWith("\n")) throw new Error("the last line has no end");
  const families = new Map<string, Family>();
  const helps = new Map<string, string>();
  for (const line of text.slice(0, -1).split("\n")) {
    const [, word, name = "", rest = ""] = /^# (HELP|TYPE) (\S+) (.*)$/.exec(line) ?? [];
    if (word === "HELP") helps.set(name, rest);
    else if (word === "TYPE") {
      if (families.has(name)) throw new Error(`${name} is there twice`);
      families.set(name, { type: rest, help: helps.get(name) ?? "", samples: [] });
    } else familyOf(families, readSample(line)).samples.push(readSample(line));
  }
  return families;
}

function familyOf(families: ReadonlyMap<string, Family>, { name }: Sample): Family {
  const family = families.get(name) ?? families.get(name.replace(/_(bucket|sum|count)$/, ""));
  if (!family) throw new Error(`${name} has no type`);
  if (family.help === "") throw new Error(`${name} has no help`);
  return family;
}

function readSample(line: string): Sample {
  const [, name, labels = "", value = ""] = SAMPLE.exec(line) ?? [];
  if (!name || Number.isNaN(Number(value.replace("+Inf", "Infinity")))) throw new Error(`not a sample: ${line}`);
  return { name, labels: readLabels(labels, line), value: Number(value) };
}

function readLabels(text: string, line: string): Record<string, string> {
  const labels: Record<string, string> = {};
  for (let at = 0; at < text.length; ) {
    LABEL.lastIndex = at;
    const match = LABEL.exec(text);
    if (!match?.[1]) throw new Error(`not labels: ${line}`);
    labels[match[1]] = (match[2] ?? "").replace(/\\(.)/g, (_all, char: string) => (char === "n" ? "\n" : char));
    at = LABEL.lastIndex;
  }
  return labels;
}

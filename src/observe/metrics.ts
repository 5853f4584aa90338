// Counters, gauges and histograms, and the two texts that show them. The names are a public surface:
// they stand in a golden file.
type Labels = Readonly<Record<string, string | number>>;

interface Family {
  readonly name: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly help: string;
  lines(): string[];
  toJSON(): unknown;
}

/** Label values come from closed sets; this is the fence for when one does not. */
const SERIES_MAX = 1_000;
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60] as const;

class Counter implements Family {
  readonly kind = "counter";
  readonly name: string;
  readonly help: string;
  readonly #series = new Map<string, number>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  add(labels: Labels = {}, by = 1): void {
    const key = labelText(labels);
    if (!this.#series.has(key) && this.#series.size >= SERIES_MAX) return;
    this.#series.set(key, (this.#series.get(key) ?? 0) + by);
  }

  lines(): string[] {
    return [...this.#series].map(([key, value]) => `${this.name}${key} ${value}`);
  }

  toJSON(): unknown {
    return Object.fromEntries(this.#series);
  }
}

class Gauge implements Family {
  readonly kind = "gauge";
  readonly name: string;
  readonly help: string;
  readonly #read: () => number;

  constructor(name: string, help: string, read: () => number) {
    this.name = name;
    this.help = help;
    this.#read = read;
  }

  lines(): string[] {
    return [`${this.name} ${this.#read()}`];
  }

  toJSON(): unknown {
    return this.#read();
  }
}

class Histogram implements Family {
  readonly kind = "histogram";
  readonly name: string;
  readonly help: string;
  readonly #series = new Map<string, { labels: Labels; counts: number[]; sum: number; count: number }>();

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  observe(labels: Labels, seconds: number): void {
    const key = labelText(labels);
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= SERIES_MAX) return;
      series = { labels, counts: BUCKETS.map(() => 0), sum: 0, count: 0 };
      this.#series.set(key, series);
    }
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.sum += seconds;
    series.count++;
  }

  lines(): string[] {
    return [...this.#series.values()].flatMap(({ labels, counts, sum, count }) => {
      let below = 0;
      const buckets = BUCKETS.map((bound, at) => {
        below += counts[at] ?? 0;
        return `${this.name}_bucket${labelText({ ...labels, le: bound })} ${below}`;
      });
      return [
        ...buckets,
        `${this.name}_bucket${labelText({ ...labels, le: "+Inf" })} ${count}`,
        `${this.name}_sum${labelText(labels)} ${sum}`,
        `${this.name}_count${labelText(labels)} ${count}`,
      ];
    });
  }

  toJSON(): unknown {
    return Object.fromEntries([...this.#series].map(([key, { sum, count }]) => [key, { count, seconds: sum }]));
  }
}

function labelText(labels: Labels): string {
  let text = "";
  // Every call passes here: no array is made for it.
  for (const name in labels) text += `${text === "" ? "{" : ","}${name}="${escapeLabel(String(labels[name]))}"`;
  return text === "" ? "" : `${text}}`;
}

function escapeLabel(value: string): string {
  if (!/[\\"\n]/.test(value)) return value;
  return value.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}

/** Everything that is counted, in one place, so that its names can be read in one place. */
export class Metrics {
  readonly #families: Family[] = [];
  readonly toolCalls = this.#counter("cadre_tool_calls_total", "Tool calls by tool, face and outcome.");
  readonly toolSeconds = this.#histogram("cadre_tool_seconds", "Time of tool calls.");
  readonly httpRequests = this.#counter("cadre_http_requests_total", "HTTP requests by method, route and status.");
  readonly httpSeconds = this.#histogram("cadre_http_seconds", "Time of HTTP requests until the answer begins.");
  readonly httpRefused = this.#counter(
    "cadre_http_refused_total",
    "HTTP requests refused before their handler, by reason.",
  );

  /** A number that is read when somebody looks. */
  gauge(name: string, help: string, read: () => number): void {
    this.#families.push(new Gauge(name, help, read));
  }

  /** Prometheus' text format. */
  text(): string {
    return this.#families
      .flatMap((family) => [
        `# HELP ${family.name} ${family.help}`,
        `# TYPE ${family.name} ${family.kind}`,
        ...family.lines(),
      ])
      .join("\n")
      .concat("\n");
  }

  toJSON(): Record<string, unknown> {
    return Object.fromEntries(this.#families.map((family) => [family.name, family.toJSON()]));
  }

  #counter(name: string, help: string): Counter {
    return this.#keep(new Counter(name, help));
  }

  #histogram(name: string, help: string): Histogram {
    return this.#keep(new Histogram(name, help));
  }

  #keep<F extends Family>(family: F): F {
    this.#families.push(family);
    return family;
  }
}

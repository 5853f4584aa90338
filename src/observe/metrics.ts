// Counters, gauges and histograms, and the two texts that show them. The names are a public surface:
// they stand in a golden file.
import { EndedRuns } from "./ended-runs.ts";

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

/** One entry for each combination of label values. Whoever uses it gives the same names each time. */
class Series<Entry> {
  readonly #byValues = new Map<string, { readonly labels: Labels; readonly entry: Entry }>();
  readonly #make: () => Entry;

  constructor(make: () => Entry) {
    this.#make = make;
  }

  /** Nothing when there are too many. */
  at(labels: Labels): Entry | undefined {
    let key = "";
    // Every call passes here: the text that shows the labels is made when somebody looks.
    for (const name in labels) key += `${labels[name]}\0`;
    const known = this.#byValues.get(key);
    if (known) return known.entry;
    if (this.#byValues.size >= SERIES_MAX) return undefined;
    const entry = this.#make();
    this.#byValues.set(key, { labels, entry });
    return entry;
  }

  all(): { readonly labels: Labels; readonly entry: Entry }[] {
    return [...this.#byValues.values()];
  }
}

/** A number for each combination of labels. */
abstract class Numbers implements Family {
  abstract readonly kind: "counter" | "gauge";
  readonly name: string;
  readonly help: string;
  readonly #series = new Series(() => ({ value: 0 }));

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  protected at(labels: Labels): { value: number } | undefined {
    return this.#series.at(labels);
  }

  sum(): number {
    return this.#series.all().reduce((sum, { entry }) => sum + entry.value, 0);
  }

  lines(): string[] {
    return this.#series.all().map(({ labels, entry }) => `${this.name}${labelText(labels)} ${entry.value}`);
  }

  toJSON(): unknown {
    return Object.fromEntries(this.#series.all().map(({ labels, entry }) => [labelText(labels), entry.value]));
  }
}

class Counter extends Numbers {
  readonly kind = "counter";

  add(labels: Labels = {}, by = 1): void {
    const entry = this.at(labels);
    if (entry) entry.value += by;
  }
}

/** Whoever sets them sets all of them each time. */
class Gauges extends Numbers {
  readonly kind = "gauge";

  set(labels: Labels, value: number): void {
    const entry = this.at(labels);
    if (entry) entry.value = value;
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
  readonly #series = new Series(() => ({ counts: BUCKETS.map(() => 0), sum: 0, count: 0 }));

  constructor(name: string, help: string) {
    this.name = name;
    this.help = help;
  }

  observe(labels: Labels, seconds: number): void {
    const entry = this.#series.at(labels);
    if (!entry) return;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) entry.counts[bucket] = (entry.counts[bucket] ?? 0) + 1;
    entry.sum += seconds;
    entry.count++;
  }

  lines(): string[] {
    return this.#series.all().flatMap(({ labels, entry: { counts, sum, count } }) => {
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
    return Object.fromEntries(
      this.#series.all().map(({ labels, entry: { sum, count } }) => [labelText(labels), { count, seconds: sum }]),
    );
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(String(value))}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escapeLabel(value: string): string {
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
  readonly runsEnded = this.#counter("cadre_runs_total", "Runs that this process has ended, by workflow and outcome.");
  readonly runSeconds = this.#histogram("cadre_run_seconds", "Time from the start of a run to its end.");
  readonly stepsEnded = this.#counter("cadre_steps_total", "Tries of steps of runs, by kind and outcome.");
  readonly stepSeconds = this.#histogram("cadre_step_seconds", "Time from the beginning of a step to its end.");
  readonly repliesEnded = this.#counter("cadre_replies_total", "Answers of models, by provider and outcome.");
  readonly replyTokens = this.#counter(
    "cadre_reply_tokens_total",
    "Tokens of answers of models, by provider and direction.",
  );
  readonly replyDollars = this.#counter(
    "cadre_reply_dollars_total",
    "What answers of models cost, by provider, as far as prices are known.",
  );
  readonly runs = this.#gauges("cadre_runs", "Runs in the database that are not over, by status.");
  readonly runLag = this.#gauges(
    "cadre_run_lag_seconds",
    "How long the run has waited that waits longest for a worker.",
  );
  readonly workers = this.#gauges("cadre_workers", "Processes that work on runs of the database, by state.");
  readonly deliveries = this.#gauges("cadre_webhook_deliveries", "Deliveries to webhooks, by status.");
  // The names that the earlier research server had.
  readonly oldRunsEnded = this.#counter("mcp_workflows_total", "The same as cadre_runs_total.");
  readonly oldRunSeconds = this.#histogram("mcp_workflow_duration_seconds", "The same as cadre_run_seconds.");
  readonly oldRuns = this.#gauges("mcp_active_workflows", "Runs in the database that are not over.");
  readonly endedRuns = new EndedRuns();
  readonly #readers: (() => Promise<void>)[] = [];

  /** What has to be asked for is asked for when somebody looks. */
  onRead(work: () => Promise<void>): void {
    this.#readers.push(work);
  }

  /** Before `text` or `toJSON`. What cannot be asked stays as it was. */
  async read(): Promise<void> {
    await Promise.allSettled(this.#readers.map((work) => work()));
  }

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

  #gauges(name: string, help: string): Gauges {
    return this.#keep(new Gauges(name, help));
  }

  #keep<F extends Family>(family: F): F {
    this.#families.push(family);
    return family;
  }
}

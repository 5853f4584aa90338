// What `cadre setup` shows, as text: state first, then what changes in which file, then what to do next.
import { redactText } from "../base/redact.ts";
import { clip, printable } from "../base/text.ts";
import type { Host } from "../runtime/runtime.ts";
import type { Applied, Undone } from "../setup/apply.ts";
import type { Client } from "../setup/clients/client.ts";
import type { Greeting } from "../setup/greeting.ts";
import type { Plan, State } from "../setup/plan.ts";
import type { Searched } from "../setup/setup.ts";
import { unifiedDiff } from "../setup/unified-diff.ts";
import { type Paint, painter } from "./output.ts";

type ScreenHost = Pick<Host, "env" | "isTerminal" | "columns" | "homeDir">;

/** What would be done, before anybody is asked. */
export interface Planned {
  readonly plans: readonly Plan[];
  readonly greeting: Greeting | undefined;
  readonly running: readonly Client[];
  readonly byHand: readonly Client[];
  /** Of the entry. */
  readonly name: string;
  /** Only the table. */
  readonly isCheck: boolean;
}

export interface Done extends Planned {
  readonly applied: readonly Applied[];
  /** What the clients said, by their ids. */
  readonly asked: ReadonlyMap<string, string>;
  /** The example role's file. */
  readonly role: string | undefined;
}

const ACTIONS = {
  add: "will add",
  update: "will update",
  replace: "will replace",
  remove: "will remove",
  keep: "current",
  refuse: "refused",
} as const satisfies Record<Plan["action"], string>;

const COLOURS = {
  add: "green",
  update: "green",
  replace: "yellow",
  remove: "yellow",
  keep: "grey",
  refuse: "red",
} as const satisfies Record<Plan["action"], string>;

export function planScreen({ plans, greeting, running, byHand, isCheck }: Planned, host: ScreenHost): string {
  const paint = painter(host);
  if (plans.length === 0) return "no entry of cadre was found\n";
  const rows = plans.flatMap((plan) => planRows(plan, host, paint, widthOf(plans)));
  const diffs = isCheck ? [] : plans.flatMap((plan) => diffOf(plan, host, paint));
  const notes = [
    ...running.map(({ name }) => `${name} is running, and may write its file anew: quit it before you say yes.`),
    ...byHand.map(({ name, id }) => `${name} is set up by hand: cadre setup --print ${id}`),
    ...(greeting ? [greetingLine(greeting)] : []),
  ];
  return [...rows, ...diffs, ...(notes.length > 0 ? ["", ...notes] : []), ""].join("\n");
}

function widthOf(plans: readonly Plan[]): number {
  return Math.max(...plans.map(({ target }) => target.client.id.length));
}

function planRows(
  { target, state, action, reason, old }: Plan,
  host: ScreenHost,
  paint: Paint,
  width: number,
): string[] {
  const word = paint(COLOURS[action], ACTIONS[action].padEnd(12));
  const indent = " ".repeat(width + 16);
  const names = old.join(", ");
  return [
    `${target.client.id.padEnd(width)}  ${word}  ${shortPath(target.file, host)}`,
    ...(reason === undefined || action === "remove" ? [] : [`${indent}${printable(redactText(reason))}`]),
    ...(action === "refuse" ? [`${indent}→ ${nextStep(state, target.client)}`] : []),
    ...(old.length === 0
      ? []
      : [`${indent}also holds ${printable(names)}, of an earlier system: --replace-old takes it away`]),
  ];
}

function nextStep(state: State, { id }: Client): string {
  if (state === "conflict") return `keep it, or replace it: cadre setup ${id} --force`;
  if (state === "unsupported") return `leave --http out: cadre setup ${id}`;
  return `mend the file, then: cadre setup ${id}`;
}

/** Other entries may hold keys: what looks like a secret is not shown. */
function diffOf({ target, file, edit }: Plan, host: ScreenHost, paint: Paint): string[] {
  if (!edit) return [];
  const lines = unifiedDiff(file?.text ?? "", edit.text).map((line) => {
    const shown = hideValues(printable(redactText(clip(line, LINE_CHARS_MAX))));
    if (line.startsWith("+")) return paint("green", shown);
    return line.startsWith("-") ? paint("red", shown) : line.startsWith("@@") ? paint("blue", shown) : shown;
  });
  const mark = file?.text.startsWith("\uFEFF") && !edit.text.startsWith("\uFEFF");
  const notes = mark ? ["  the byte order mark at its beginning goes: this client cannot read it"] : [];
  return ["", paint("grey", `${shortPath(target.file, host)}${file ? "" : " (new)"}`), ...notes, ...lines];
}

/** Nobody reads more of a line. */
const LINE_CHARS_MAX = 400;

/** `"OPENAI_API_KEY": "sk-…"` in the form of any of the files. */
function hideValues(line: string): string {
  return line.replace(
    /(["']?[\w.-]{0,64}(?:password|passwd|secret|token|api[_-]?key|authorization|credential)[\w.-]{0,64}["']?\s*[:=]\s*)("(?:[^"\\]|\\.)*"|'[^']*'|[^\s,}]+)/gi,
    '$1"[hidden]"',
  );
}

function greetingLine({ version, tools, eras, ms }: Greeting): string {
  return `started as written: cadre ${version}, ${tools.length} tools, protocol ${eras.join(" and ")}, ${ms} ms`;
}

const OUTCOMES = {
  add: "added",
  update: "updated",
  replace: "replaced",
  remove: "removed",
  keep: "current",
  refuse: "refused",
} as const;

export function appliedScreen({ applied, asked, role, name }: Done, host: ScreenHost): string {
  const paint = painter(host);
  const width = widthOf(applied.map(({ plan }) => plan));
  const isAnyWritten = applied.some(({ outcome, plan }) => outcome === "written" && plan.action !== "remove");
  return [
    "",
    ...applied.map((one) => appliedRow(one, asked.get(one.plan.target.client.id), width, paint)),
    ...(role === undefined ? [] : ["", `example role: ${shortPath(role, host)}`]),
    "",
    ...(isAnyWritten ? nextSteps(name) : []),
    "take it back: cadre setup --undo",
    "",
  ].join("\n");
}

function appliedRow({ plan, outcome, reason }: Applied, says: string | undefined, width: number, paint: Paint): string {
  const { client } = plan.target;
  const [word, colour] = {
    written: [OUTCOMES[plan.action], "green"],
    kept: ["current", "grey"],
    failed: ["failed", "red"],
  }[outcome] as [string, "green" | "grey" | "red"];
  const isAdded = outcome === "written" && plan.action !== "remove";
  const detail = [
    ...(isAdded ? [client.afterwards] : reason ? [printable(redactText(reason))] : []),
    ...(says ? [`the client ${says}`] : []),
  ];
  return `${client.id.padEnd(width)}  ${paint(colour, word.padEnd(9))} ${detail.join("; ")}`.trimEnd();
}

function nextSteps(name: string): string[] {
  return [
    "Paste this into your client:",
    "",
    `  Use ${name}: start a session "Try it", plan three tasks that build on each other for a README of this`,
    "  project, work them, and show me the status.",
    "",
    "and see it in a terminal meanwhile: cadre session watch",
  ];
}

export function undoableScreen(edits: readonly { client: string; file: string }[], host: ScreenHost): string {
  if (edits.length === 0) return "nothing to take back: setup has changed no file, or all of it was taken back\n";
  const width = Math.max(...edits.map(({ client }) => client.length));
  return edits.map(({ client, file }) => `${client.padEnd(width)}  ${shortPath(file, host)}\n`).join("");
}

export function undoneScreen(undone: readonly Undone[], host: ScreenHost): string {
  const paint = painter(host);
  const width = Math.max(...undone.map(({ edit }) => edit.client.length));
  const rows = undone.map(({ edit, outcome, reason }) => {
    const word = paint(outcome === "kept" ? "red" : "green", outcome.padEnd(9));
    const indent = " ".repeat(width + 13);
    return `${edit.client.padEnd(width)}  ${word}  ${shortPath(edit.file, host)}${reason ? `\n${indent}${printable(reason)}` : ""}`;
  });
  return `${rows.join("\n")}\n`;
}

interface NotFound {
  readonly byHand: readonly Client[];
  readonly asked: readonly string[];
  /** Clients were named. */
  readonly isNamed: boolean;
}

export function nothingFoundScreen(
  { searched, snippet }: { readonly searched: readonly Searched[]; readonly snippet: string },
  { byHand, asked, isNamed }: NotFound,
  host: ScreenHost,
): string {
  const head = isNamed ? [] : ["no MCP client was found that cadre sets up by itself"];
  return [
    ...head,
    ...(asked.length > 0 && !isNamed ? ["", `found, and edited on request: cadre setup ${asked.join(" ")}`] : []),
    ...byHand.map(({ name, id }) => `${name} is set up by hand: cadre setup --print ${id}`),
    "",
    isNamed ? "its places:" : "looked for, beside the programs on the PATH:",
    ...searchedRows(searched, host),
    "",
    ...(isNamed
      ? ["put this into its file:"]
      : [
          "set one of them up although it was not found: cadre setup CLIENT",
          "or put this into your client's file by hand (--print CLIENT for its own form):",
        ]),
    "",
    snippet.trimEnd(),
    "",
  ].join("\n");
}

/** One line for each client, as far as it goes; --json has all of it. */
function searchedRows(searched: readonly Searched[], host: ScreenHost): string[] {
  const width = Math.max(0, ...searched.map(({ client }) => client.length));
  return searched.map(({ client, places }) => {
    const shown = places.map((path) => shortPath(path, host)).join(", ");
    return `  ${client.padEnd(width)}  ${clip(shown, Math.max(PLACES_CHARS_MIN, host.columns - width - 4))}`;
  });
}

const PLACES_CHARS_MIN = 20;

function shortPath(path: string, { homeDir }: ScreenHost): string {
  return printable(path.startsWith(`${homeDir}/`) ? `~${path.slice(homeDir.length)}` : path);
}

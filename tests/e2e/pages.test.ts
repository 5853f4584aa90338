// What the pages tell people to type does what they say: the lines of their shell blocks are run one after the other,
// each page in a project and a home of its own. docs/usage.md, whose answers are told, too, has a test of its own.
import { expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { invoke } from "../harness/cli.ts";
import { until } from "../harness/condition.ts";
import { tempFolder } from "../harness/folder.ts";
import { database, PLANS } from "../harness/old-plans.ts";
import { blocksOf, linesOf, pages, wordsOf } from "../harness/pages.ts";
import { startCommand } from "../harness/process.ts";
import { startServer } from "../harness/server.ts";

interface World {
  readonly project: string;
  readonly userHome: string;
  cadre(...words: readonly string[]): Promise<unknown>;
}

interface Page {
  /** What is there when somebody begins to type. */
  readonly before?: (world: World) => unknown;
  /** What a word stands for: the last of its form that was printed, or a text. */
  readonly names?: Readonly<Record<string, RegExp | string>>;
  /** What is answered by an error here, as it is about what has happened elsewhere. */
  readonly refused?: RegExp;
  /** What is not typed here: it needs what a test does not have, or stays until it is interrupted. */
  readonly elsewhere?: RegExp;
}

const PAGE_MS_MAX = 120_000;
const NAMES = { "task_(?:…|[0-9a-f]{12})": /\btask_[0-9a-f]{12}\b/g, "\\bRUN\\b": /\brun_[0-9a-f]{12}\b/g };
/** Other programs, what is served until it is stopped, and models that cost money. */
const ELSEWHERE = /^(?:docker|npx|createdb|export) |^cadre (?:--http|research) /;
/** What belongs to a command when nobody sits in front of it. */
const UNATTENDED = [
  { form: /^cadre setup (?!.*--(?:check|dry-run|print|link|undo|remove))/, words: ["--yes", "--no-verify"] },
  { form: /^cadre (?:setup --(?:undo|remove)|uninstall(?! --dry-run))/, words: ["--yes"] },
  { form: /^cadre run start (?!scan)/, words: ["--detach"] },
];

const write = (folder: string, path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};

const code = ({ project }: World) => {
  write(project, "src/app.py", "def plus_one(number):\n    return number + 1\n");
  write(project, "src/app.ts", "export const plusOne = (number: number) => number + 1;\n");
};

function repository(folder: string): void {
  const identity = ["-c", "user.name=ann", "-c", "user.email=ann@example.com"];
  for (const words of [
    ["init", "-q", "-b", "main"],
    ["add", "."],
    [...identity, "commit", "-qm", "all"],
  ])
    expect(spawnSync("git", words, { cwd: folder }).status).toBe(0);
}

const clients = ({ userHome }: World) => {
  write(userHome, ".codex/config.toml", "");
  write(userHome, ".cursor/mcp.json", "{}");
  write(userHome, ".claude.json", "{}");
};

const PAGES: Readonly<Record<string, Page>> = {
  "README.md": {
    before: (world) => {
      clients(world);
      code(world);
      write(world.project, "main.py", "import os\nos.makedirs('results')\nopen('results/sum.txt', 'w').write('3')\n");
      write(world.project, "data.csv", "1,2\n");
    },
  },
  "docs/agents.md": { names: { "…": "Which heat pumps suit a house?" }, elsewhere: /--check/ },
  "docs/analysis.md": {
    before: (world) => {
      code(world);
      repository(world.project);
    },
    elsewhere: /^cadre code watch/,
  },
  "docs/cluster.md": { elsewhere: /postgres:/ },
  "docs/deployment.md": { elsewhere: /^cadre service (?:install |status|remove)(?! *--dry-run)/ },
  "docs/http.md": {
    before: ({ cadre }) => cadre("session", "start"),
    names: { "\\bID\\b": /\bwebhook_[0-9a-f]{12}\b/g, session_0123456789ab: /\bsession_[0-9a-f]{12}\b/g },
  },
  "docs/moving.md": {
    before: ({ project }) => {
      for (const file of [".task_orchestrator/task_orchestrator.db", "old/task_orchestrator.db"])
        database(join(project, file), ...PLANS);
    },
  },
  "docs/persistence.md": {
    before: async ({ project, cadre }) => {
      await cadre("task", "create", "Something to keep");
      for (const folder of ["old", "new"]) mkdirSync(join(project, folder));
      await cadre("task", "create", "Work of a folder", "--workspace", join(project, "old"));
    },
    names: { "\\bID\\b": /\bbackup_[0-9a-f]{12}\b/g, "\\bOLD\\b": "old", "\\b(?:NEW|FOLDER)\\b": "new" },
  },
  "docs/setup.md": { before: clients },
  "docs/workflows.md": {
    before: ({ project }) => {
      const [{ text } = { text: "" }] = blocksOf("docs/workflows.md").filter(({ kind }) => kind === "yaml");
      write(project, ".cadre/workflows/release.yaml", text.replace("code: bun test", "code: echo"));
    },
    elsewhere: /^cadre run watch/,
    // It has not failed.
    refused: /^cadre run retry/,
  },
};

/** With its head; of a stream no more than that. */
async function answerTo(line: string, origin: string): Promise<string> {
  const words = wordsOf(line.replaceAll("http://127.0.0.1:5060", origin));
  await using curl = startCommand([...words, "--include", "--silent", "--show-error"], {});
  let isOver = false;
  void curl.exited.then(() => {
    isOver = true;
  });
  await until(() => isOver || curl.stdout().includes("\r\n\r\n"), "curl is answered");
  return curl.stdout() + curl.stderr();
}

/** Somebody who types what a page says, and tells what does not work. */
class Typist {
  readonly #page: Page;
  readonly #options: { readonly workspace: string; readonly home: string; readonly userHome: string };
  #printed = "";

  constructor(page: Page, folder: string) {
    this.#page = page;
    const [workspace, home, userHome] = ["project", "data", "me"].map((name) => join(folder, name)) as Three;
    for (const one of [workspace, userHome]) mkdirSync(one);
    this.#options = { workspace, home, userHome };
  }

  async prepare(): Promise<void> {
    const { workspace: project, userHome } = this.#options;
    await this.#page.before?.({ project, userHome, cadre: (...words) => this.#run(words) });
  }

  async problemWith(line: string): Promise<string | undefined> {
    const { refused, elsewhere } = this.#page;
    if (ELSEWHERE.test(`${line} `) || elsewhere?.test(line)) return undefined;
    if (line.startsWith("curl ")) {
      await using server = await startServer({ home: this.#options.home });
      const told = await answerTo(this.#meant(line), server.origin);
      return told.startsWith("HTTP/1.1 200") ? undefined : `${line}: ${told}`;
    }
    const more = UNATTENDED.flatMap(({ form, words }) => (form.test(`${line} `) ? words : []));
    const isOther = /# in another cadre/.test(line);
    const { exit, stdout, stderr } = await this.#run([...wordsOf(this.#meant(line)).slice(1), ...more], isOther);
    const isRight = (exit === 0) !== (refused?.test(line) ?? false);
    return isRight ? undefined : `${line}: ${exit} ${stderr}${stdout}`;
  }

  async #run(words: readonly string[], inAnother = false) {
    const home = this.#options.home + (inAnother ? "-of-another" : "");
    const result = await invoke(words, { ...this.#options, home });
    this.#printed += result.stdout;
    return result;
  }

  #meant(line: string): string {
    return Object.entries({ ...NAMES, ...this.#page.names }).reduce((text, [name, form]) => {
      const said = typeof form === "string" ? form : [...this.#printed.matchAll(form)].at(-1)?.[0];
      return said === undefined ? text : text.replace(new RegExp(name), said);
    }, line);
  }
}

type Three = [string, string, string];

const typed = pages().filter(
  (page) => page !== "docs/usage.md" && page !== "CONTRIBUTING.md" && linesOf(page).length > 0,
);

test.each(typed)(
  "what %s tells people to type",
  async (page) => {
    using folder = tempFolder();
    const typist = new Typist(PAGES[page] ?? {}, folder.path);
    await typist.prepare();
    const problems: string[] = [];
    for (const line of linesOf(page)) problems.push(...[(await typist.problemWith(line)) ?? []].flat());
    expect(problems).toEqual([]);
  },
  PAGE_MS_MAX,
);

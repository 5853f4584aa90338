import type { Client } from "./client.ts";
import { STRICT, TOML_LIST, YAML } from "./forms.ts";
import { named, plain } from "./shapes.ts";

const NEW_SESSION = "starts with the next session";
const BY_HAND = "is put in by hand, in its settings";

/** Clients whose facts come second hand, or that keep no file: their user puts the snippet in. */
export const shownClients: readonly Client[] = [
  {
    id: "devin",
    name: "Devin Local",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.config/devin/mcp_config.json"],
    project: [".devin/mcp_config.json"],
    shape: plain({ url: "serverUrl" }),
    programs: ["devin"],
    folders: ["~/.config/devin"],
    afterwards: NEW_SESSION,
  },
  {
    id: "mistral-vibe",
    name: "Mistral Vibe",
    way: "shown",
    form: TOML_LIST,
    key: ["mcp_servers"],
    user: ["~/.vibe/config.toml"],
    project: [".vibe/config.toml"],
    shape: {
      stdio: (launch, name) => ({ ...named.stdio(launch, name), transport: "stdio" }),
      http: ({ url }, name) => ({ name, transport: "streamable-http", url }),
    },
    folders: ["~/.vibe"],
    afterwards: NEW_SESSION,
    note: "Its file holds a list: the entry stands under [[mcp_servers]].",
  },
  {
    id: "hermes",
    name: "Hermes Agent",
    way: "shown",
    form: YAML,
    key: ["mcp_servers"],
    user: {
      linux: ["~/.hermes/config.yaml"],
      darwin: ["~/.hermes/config.yaml"],
      win32: ["${LOCALAPPDATA:-~/AppData/Local}/hermes/config.yaml"],
    },
    shape: plain(),
    programs: ["hermes"],
    folders: ["~/.hermes"],
    afterwards: NEW_SESSION,
  },
  {
    id: "augment",
    name: "Augment",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.augment/settings.json"],
    project: [".augment/settings.json"],
    shape: plain({ url: false }),
    programs: ["auggie"],
    folders: ["~/.augment"],
    afterwards: NEW_SESSION,
  },
  {
    id: "rovo-dev",
    name: "Atlassian Rovo Dev",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.rovodev/mcp.json"],
    shape: plain({ headers: false }),
    folders: ["~/.rovodev"],
    afterwards: NEW_SESSION,
  },
  {
    id: "qoder",
    name: "Qoder",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: {
      linux: ["~/.qoder/mcp.json"],
      darwin: ["~/.qoder/mcp.json"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Qoder/SharedClientCache/mcp.json"],
    },
    shape: plain({ url: false }),
    folders: ["~/.qoder"],
    afterwards: BY_HAND,
  },
  {
    id: "amazon-q",
    name: "Amazon Q Developer CLI (now Kiro)",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.aws/amazonq/mcp.json"],
    project: [".amazonq/mcp.json"],
    shape: plain({ url: false }),
    folders: ["~/.aws/amazonq"],
    afterwards: NEW_SESSION,
  },
  {
    id: "copilot-jetbrains",
    name: "GitHub Copilot in JetBrains",
    way: "shown",
    form: STRICT,
    key: ["servers"],
    user: {
      linux: ["~/.config/github-copilot/intellij/mcp.json"],
      darwin: ["~/.config/github-copilot/intellij/mcp.json"],
      win32: ["${LOCALAPPDATA:-~/AppData/Local}/github-copilot/intellij/mcp.json"],
    },
    shape: plain({ headers: false }),
    folders: ["~/.config/github-copilot/intellij"],
    afterwards: "is seen at once, or after a restart of the IDE",
  },
  {
    id: "boltai",
    name: "BoltAI",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: { linux: [], darwin: ["~/.boltai/mcp.json"], win32: [] },
    shape: plain({ url: false }),
    folders: { linux: [], darwin: ["~/.boltai"], win32: [] },
    afterwards: BY_HAND,
  },
  {
    id: "5ire",
    name: "5ire",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: {
      linux: ["~/.config/5ire/mcp.json"],
      darwin: ["~/Library/Application Support/5ire/mcp.json"],
      win32: ["${APPDATA:-~/AppData/Roaming}/5ire/mcp.json"],
    },
    shape: plain({ both: { isActive: true }, url: false }),
    folders: {
      linux: ["~/.config/5ire"],
      darwin: ["~/Library/Application Support/5ire"],
      win32: ["${APPDATA:-~/AppData/Roaming}/5ire"],
    },
    afterwards: BY_HAND,
  },
  {
    id: "jan",
    name: "Jan",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: {
      linux: ["~/.local/share/Jan/data/mcp_config.json"],
      darwin: ["~/Library/Application Support/Jan/data/mcp_config.json"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Jan/data/mcp_config.json"],
    },
    shape: plain({ both: { active: true }, url: false }),
    folders: {
      linux: ["~/.local/share/Jan"],
      darwin: ["~/Library/Application Support/Jan"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Jan"],
    },
    afterwards: BY_HAND,
  },
  {
    id: "witsy",
    name: "Witsy",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: {
      linux: ["~/.config/Witsy/settings.json"],
      darwin: ["~/Library/Application Support/Witsy/settings.json"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Witsy/settings.json"],
    },
    shape: plain({ url: false }),
    folders: {
      linux: ["~/.config/Witsy"],
      darwin: ["~/Library/Application Support/Witsy"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Witsy"],
    },
    afterwards: BY_HAND,
  },
  ...["cherry-studio", "raycast", "perplexity", "chatgpt"].map(withoutFile),
];

/** Applications that keep their servers where no other program writes. */
function withoutFile(id: string): Client {
  const names: Record<string, string> = {
    "cherry-studio": "Cherry Studio",
    raycast: "Raycast",
    perplexity: "Perplexity",
    chatgpt: "ChatGPT",
  };
  const links: Record<string, string> = {
    "cherry-studio": "cherrystudio://mcp/install?servers={{map}}",
    raycast: "raycast://mcp/install?{{named}}",
  };
  const link = links[id];
  return {
    id,
    name: names[id] ?? id,
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: [],
    shape: plain(),
    folders: { linux: [], darwin: [`/Applications/${names[id]}.app`], win32: [] },
    afterwards: id === "chatgpt" ? "takes servers at a public https address only, in its developer mode" : BY_HAND,
    ...(link ? { link } : {}),
  };
}

import type { Client, PathPattern, PerSystem, Place } from "./client.ts";
import { RELAXED, STRICT } from "./forms.ts";
import { plain, typed } from "./shapes.ts";

/** Where an editor of the VS Code family keeps what is its user's. */
function userFolder(product: string): Record<"linux" | "darwin" | "win32", PathPattern> {
  return {
    linux: `\${XDG_CONFIG_HOME:-~/.config}/${product}/User`,
    darwin: `~/Library/Application Support/${product}/User`,
    win32: `\${APPDATA:-~/AppData/Roaming}/${product}/User`,
  };
}

/** Its own file, one of each profile that has one, and where variables or a sandbox move them. */
function familyPlaces(product: string, elsewhere: readonly Place[] = []): PerSystem<readonly Place[]> {
  const folders = userFolder(product);
  const all = (user: PathPattern): Place[] => [
    `${user}/mcp.json`,
    { file: `${user}/profiles/*/mcp.json`, when: `${user}/profiles/*/mcp.json` },
    ...elsewhere,
  ];
  return { linux: all(folders.linux), darwin: all(folders.darwin), win32: all(folders.win32) };
}

function familyFolders(product: string, app: string): PerSystem<readonly PathPattern[]> {
  const { linux, darwin, win32 } = userFolder(product);
  return { linux: [linux], darwin: [darwin, `/Applications/${app}.app`], win32: [win32] };
}

const FAMILY = {
  form: RELAXED,
  key: ["servers"],
  everyPlace: true,
  project: [".vscode/mcp.json"],
  shape: typed(),
} as const;
const TRUST = "is seen at once; start and trust the server once, in the list of MCP servers";

const CLINE_FOLDER = "globalStorage/saoudrizwan.claude-dev";
const CLINE_HOSTS = ["Code", "Code - Insiders", "Cursor", "Windsurf", "VSCodium"];

function extensionPlaces(folder: string, file: string, before: readonly Place[] = []): PerSystem<readonly Place[]> {
  const all = (system: "linux" | "darwin" | "win32"): Place[] => [
    ...before,
    ...CLINE_HOSTS.map((product) => {
      const user = userFolder(product)[system];
      return { file: `${user}/${folder}/${file}`, when: `${user}/${folder}` };
    }),
  ];
  return { linux: all("linux"), darwin: all("darwin"), win32: all("win32") };
}

function extensionFolders(folder: string, before: readonly PathPattern[] = []): PerSystem<readonly PathPattern[]> {
  const all = (system: "linux" | "darwin" | "win32") => [
    ...before,
    ...CLINE_HOSTS.map((product) => `${userFolder(product)[system]}/${folder}`),
  ];
  return { linux: all("linux"), darwin: all("darwin"), win32: all("win32") };
}

export const editorClients: readonly Client[] = [
  {
    id: "cursor",
    name: "Cursor",
    way: "edited",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.cursor/mcp.json"],
    project: [".cursor/mcp.json"],
    shape: plain(),
    programs: ["cursor", "cursor-agent"],
    folders: {
      linux: ["~/.cursor"],
      darwin: ["~/.cursor", "/Applications/Cursor.app"],
      win32: ["~/.cursor", "${LOCALAPPDATA:-~/AppData/Local}/Programs/cursor"],
    },
    afterwards: "is seen at once; it may have to be switched on under Settings, Tools & MCP",
    link: "cursor://anysphere.cursor-deeplink/mcp/install?name={{name}}&config={{base64}}",
  },
  {
    ...FAMILY,
    id: "vscode",
    name: "VS Code",
    way: "edited",
    user: familyPlaces("Code", [
      "${VSCODE_PORTABLE}/user-data/User/mcp.json",
      "${VSCODE_APPDATA}/Code/User/mcp.json",
      "~/.var/app/com.visualstudio.code/config/Code/User/mcp.json",
      "~/.vscode-server/data/User/mcp.json",
    ]),
    programs: ["code"],
    folders: familyFolders("Code", "Visual Studio Code"),
    afterwards: TRUST,
    link: "vscode:mcp/install?{{named}}",
  },
  {
    ...FAMILY,
    id: "vscode-insiders",
    name: "VS Code Insiders",
    way: "edited",
    user: familyPlaces("Code - Insiders", ["~/.vscode-server-insiders/data/User/mcp.json"]),
    programs: ["code-insiders"],
    folders: familyFolders("Code - Insiders", "Visual Studio Code - Insiders"),
    afterwards: TRUST,
    link: "vscode-insiders:mcp/install?{{named}}",
  },
  {
    ...FAMILY,
    id: "vscodium",
    name: "VSCodium",
    way: "asked",
    user: familyPlaces("VSCodium", ["~/.var/app/com.vscodium.codium/config/VSCodium/User/mcp.json"]),
    programs: ["codium"],
    folders: familyFolders("VSCodium", "VSCodium"),
    afterwards: TRUST,
  },
  {
    id: "windsurf",
    name: "Windsurf (Devin Desktop)",
    way: "edited",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.codeium/windsurf/mcp_config.json"],
    shape: plain({ url: "serverUrl" }),
    programs: ["windsurf"],
    folders: {
      linux: ["~/.codeium/windsurf"],
      darwin: ["~/.codeium/windsurf", "/Applications/Windsurf.app"],
      win32: ["~/.codeium/windsurf"],
    },
    afterwards: "needs the refresh button, or a restart",
  },
  {
    id: "cline",
    name: "Cline",
    way: "edited",
    form: STRICT,
    key: ["mcpServers"],
    user: extensionPlaces(CLINE_FOLDER, "settings/cline_mcp_settings.json", [
      { file: "${CLINE_DIR:-~/.cline}/data/settings/cline_mcp_settings.json", when: "${CLINE_DIR:-~/.cline}" },
    ]),
    everyPlace: true,
    shape: plain({ http: { type: "streamableHttp" }, both: { disabled: false } }),
    programs: ["cline"],
    folders: extensionFolders(CLINE_FOLDER, ["${CLINE_DIR:-~/.cline}"]),
    afterwards: "is seen at once",
  },
  {
    id: "zed",
    name: "Zed",
    way: "edited",
    form: RELAXED,
    key: ["context_servers"],
    user: {
      linux: [
        "${FLATPAK_XDG_CONFIG_HOME}/zed/settings.json",
        "${XDG_CONFIG_HOME:-~/.config}/zed/settings.json",
        "~/.var/app/dev.zed.Zed/config/zed/settings.json",
      ],
      darwin: ["~/.config/zed/settings.json"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Zed/settings.json"],
    },
    project: [".zed/settings.json"],
    shape: plain({ stdio: { source: "custom" } }),
    programs: ["zed", "zeditor", "zed-editor"],
    folders: {
      linux: ["${XDG_CONFIG_HOME:-~/.config}/zed", "~/.var/app/dev.zed.Zed/config/zed"],
      darwin: ["~/.config/zed", "/Applications/Zed.app"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Zed"],
    },
    afterwards: "is seen at once",
  },
  {
    id: "antigravity",
    name: "Google Antigravity",
    way: "edited",
    form: STRICT,
    key: ["mcpServers"],
    user: [{ file: "~/.gemini/config/mcp_config.json", when: "~/.gemini" }],
    project: [".agents/mcp_config.json"],
    shape: plain({ url: "serverUrl" }),
    programs: ["antigravity", "agy"],
    folders: {
      linux: ["~/.gemini/config", "~/.gemini/antigravity"],
      darwin: ["~/.gemini/config", "~/.gemini/antigravity", "/Applications/Antigravity.app"],
      win32: ["~/.gemini/config", "~/.gemini/antigravity"],
    },
    afterwards: "needs a refresh under Manage MCP Servers, or a restart",
    note: "This is the file of version 2; version 1 read ~/.gemini/antigravity/mcp_config.json.",
  },
  {
    id: "trae",
    name: "Trae",
    way: "asked",
    form: STRICT,
    key: ["mcpServers"],
    user: {
      linux: ["${XDG_CONFIG_HOME:-~/.config}/Trae/User/mcp.json"],
      darwin: ["~/Library/Application Support/Trae/User/mcp.json"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Trae/User/mcp.json"],
    },
    project: [".trae/mcp.json"],
    shape: plain(),
    folders: {
      linux: ["${XDG_CONFIG_HOME:-~/.config}/Trae"],
      darwin: ["~/Library/Application Support/Trae"],
      win32: ["${APPDATA:-~/AppData/Roaming}/Trae"],
    },
    afterwards: "is seen at once",
  },
  {
    id: "visual-studio",
    name: "Visual Studio 2022 17.14 and later",
    way: "asked",
    form: RELAXED,
    key: ["servers"],
    user: { linux: [], darwin: [], win32: ["~/.mcp.json"] },
    project: [".mcp.json"],
    shape: typed({ headers: false }),
    folders: { linux: [], darwin: [], win32: ["${ProgramFiles:-C:/Program Files}/Microsoft Visual Studio"] },
    afterwards: "is seen at once",
    note: "Claude Code, run in the home folder, reads the same file under another key.",
  },
  {
    id: "jetbrains-ai",
    name: "JetBrains AI Assistant",
    way: "asked",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.ai/mcp/mcp.json"],
    project: [".ai/mcp/mcp.json"],
    shape: plain({ headers: false }),
    folders: ["~/.ai"],
    afterwards: "needs Apply under Settings, Tools, AI Assistant, MCP",
  },
  {
    id: "roo-code",
    name: "Roo Code (ended in May 2026)",
    way: "shown",
    form: STRICT,
    key: ["mcpServers"],
    user: extensionPlaces("globalStorage/rooveterinaryinc.roo-cline", "settings/mcp_settings.json"),
    everyPlace: true,
    project: [".roo/mcp.json"],
    shape: plain({ http: { type: "streamable-http" } }),
    folders: extensionFolders("globalStorage/rooveterinaryinc.roo-cline"),
    afterwards: "is seen at once",
  },
];

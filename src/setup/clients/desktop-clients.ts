import type { Client } from "./client.ts";
import { STRICT } from "./forms.ts";
import { plain } from "./shapes.ts";

export const desktopClients: readonly Client[] = [
  {
    id: "claude-desktop",
    name: "Claude Desktop",
    way: "edited",
    form: STRICT,
    key: ["mcpServers"],
    user: {
      linux: ["${XDG_CONFIG_HOME:-~/.config}/Claude/claude_desktop_config.json"],
      darwin: ["~/Library/Application Support/Claude/claude_desktop_config.json"],
      win32: [
        {
          file: "${LOCALAPPDATA:-~/AppData/Local}/Packages/Claude_*/LocalCache/Roaming/Claude/claude_desktop_config.json",
          when: "${LOCALAPPDATA:-~/AppData/Local}/Packages/Claude_*",
        },
        "${APPDATA:-~/AppData/Roaming}/Claude/claude_desktop_config.json",
      ],
    },
    shape: plain({ url: false }),
    folders: {
      linux: ["${XDG_CONFIG_HOME:-~/.config}/Claude"],
      darwin: ["~/Library/Application Support/Claude", "/Applications/Claude.app"],
      win32: [
        "${LOCALAPPDATA:-~/AppData/Local}/Packages/Claude_*",
        "${LOCALAPPDATA:-~/AppData/Local}/AnthropicClaude",
        "${APPDATA:-~/AppData/Roaming}/Claude",
      ],
    },
    process: { linux: "claude-desktop", darwin: "Claude", win32: "Claude.exe" },
    afterwards: "needs to be quit, from its tray too, and started again",
    note: "While it runs it may write its file anew and lose the entry: quit it first, and see with cadre doctor that the entry is still there.",
  },
  {
    id: "lm-studio",
    name: "LM Studio",
    way: "edited",
    form: STRICT,
    key: ["mcpServers"],
    user: ["~/.lmstudio/mcp.json", "~/.cache/lm-studio/mcp.json"],
    shape: plain(),
    programs: ["lms"],
    folders: ["~/.lmstudio", "~/.cache/lm-studio"],
    afterwards: "is seen at once",
    link: "lmstudio://add_mcp?name={{name}}&config={{base64}}",
  },
];

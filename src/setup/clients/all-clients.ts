import type { Client } from "./client.ts";
import { commandLineClients } from "./command-line-clients.ts";
import { desktopClients } from "./desktop-clients.ts";
import { editorClients } from "./editor-clients.ts";
import { shownClients } from "./shown-clients.ts";

const WAYS = ["edited", "asked", "shown"] as const;

/** Those that are edited first, each group by name. */
export const CLIENTS: readonly Client[] = [
  ...commandLineClients,
  ...desktopClients,
  ...editorClients,
  ...shownClients,
].toSorted((a, b) => WAYS.indexOf(a.way) - WAYS.indexOf(b.way) || (a.id < b.id ? -1 : 1));

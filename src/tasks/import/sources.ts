import { codeOrchestrator } from "./code-orchestrator.ts";
import type { OldSource } from "./old-work.ts";
import { taskMaster } from "./task-master.ts";
import { taskOrchestrator } from "./task-orchestrator.ts";

/** In the order in which a file is tried. */
export const SOURCES: readonly OldSource[] = [taskOrchestrator, codeOrchestrator, taskMaster];

import { aliases } from "./aliases.ts";
import { codeAnalyze } from "./analyze.ts";
import { artifactList, artifactShow } from "./artifact.ts";
import { clusterStatus } from "./cluster.ts";
import { codeRun, executionList, executionShow, kernelClose, kernelList } from "./code.ts";
import { documentWrite } from "./document.ts";
import { fileList, fileRead, fileSearch } from "./file.ts";
import { toolCall, toolList } from "./gateway.ts";
import { costReport, providerList } from "./model.ts";
import { taskPlan } from "./plan.ts";
import { roleList, roleShow } from "./role.ts";
import { runCancel, runGraph, runList, runResume, runRetry, runShow, runSignal, runStart, sessionRun } from "./run.ts";
import { scanList, scanShow } from "./scan.ts";
import { scheduleCreate, scheduleDelete, scheduleList } from "./schedule.ts";
import { serverList } from "./server.ts";
import {
  sessionCleanup,
  sessionClose,
  sessionList,
  sessionResume,
  sessionStart,
  sessionStatus,
  sessionSynthesize,
} from "./session.ts";
import { taskCreate, taskDelete, taskGraph, taskList, taskRestore, taskShow, taskUpdate } from "./task.ts";
import { templateList, templateShow } from "./template.ts";
import type { Tool } from "./tool.ts";
import { citationCheck, webFetch, webSearch } from "./web.ts";
import { webhookCreate, webhookDelete, webhookList, webhookReplay } from "./webhook.ts";
import { taskAppend, taskComplete, taskStart } from "./work.ts";
import { workflowGraph, workflowList, workflowShow, workflowValidate } from "./workflow.ts";

/** The table. Every face (MCP, REST, OpenAPI, CLI, docs) is a projection of it. */
export const tools: readonly Tool[] = [
  sessionStart,
  sessionStatus,
  sessionSynthesize,
  taskPlan,
  taskCreate,
  taskStart,
  taskAppend,
  taskComplete,
  taskUpdate,
  taskList,
  taskShow,
  taskGraph,
  codeRun,
  codeAnalyze,
  scanList,
  scanShow,
  executionList,
  executionShow,
  kernelList,
  kernelClose,
  sessionList,
  sessionResume,
  sessionClose,
  sessionCleanup,
  taskDelete,
  taskRestore,
  artifactList,
  artifactShow,
  roleList,
  roleShow,
  templateList,
  templateShow,
  workflowList,
  workflowShow,
  workflowValidate,
  workflowGraph,
  runStart,
  runShow,
  runList,
  runSignal,
  runCancel,
  runRetry,
  runResume,
  runGraph,
  sessionRun,
  scheduleCreate,
  scheduleList,
  scheduleDelete,
  webhookCreate,
  webhookList,
  webhookDelete,
  webhookReplay,
  clusterStatus,
  toolList,
  toolCall,
  webSearch,
  webFetch,
  citationCheck,
  fileList,
  fileRead,
  fileSearch,
  documentWrite,
  providerList,
  costReport,
  serverList,
];

/** The table with the old names, for the faces that old clients use. */
export const toolsAndAliases: readonly Tool[] = [...tools, ...aliases];

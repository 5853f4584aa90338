import { z } from "zod";
import { ClusterStatus } from "../runs/cluster.ts";
import { defineTool } from "./tool.ts";

export const clusterStatus = defineTool({
  name: "cluster_status",
  title: "See who works",
  summary: "Which processes work on runs, on which machines, how many each has, and how long runs wait for one.",
  effect: "read",
  toolset: "admin",
  input: z.object({}),
  output: ClusterStatus,
  run: (app) => app.cluster.status(),
});

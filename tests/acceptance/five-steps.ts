// The five steps of the earlier orchestrator's README, in its own words: initialize, plan, execute, complete,
// synthesize. The subtasks are a JSON list in a text, and name each other by title.

export const DESCRIPTION = "Build a Python web scraper for news articles";

export const SUBTASKS_JSON = `[
  {
    "title": "System Architecture Design",
    "description": "Design the scraper: components, data flow, storage and error handling",
    "specialist_type": "architect",
    "dependencies": [],
    "estimated_effort": "2 hours"
  },
  {
    "title": "Core Implementation",
    "description": "Implement fetching, parsing and storing of articles",
    "specialist_type": "implementer",
    "dependencies": ["System Architecture Design"],
    "estimated_effort": "4 hours"
  },
  {
    "title": "Documentation",
    "description": "Write the user guide and the API reference",
    "specialist_type": "documenter",
    "dependencies": ["Core Implementation"],
    "estimated_effort": "1 hour"
  }
]`;

type Answer = Record<string, unknown>;
type CallTool = (name: string, input: Record<string, unknown>) => Promise<Answer>;

export interface Walked {
  readonly session: Answer;
  readonly plan: Answer;
  readonly executed: readonly Answer[];
  readonly completed: readonly Answer[];
  readonly synthesis: Answer;
  readonly ids: readonly string[];
}

/** All five steps, by whatever calls tools. */
export async function walk(call: CallTool): Promise<Walked> {
  const session = await call("orchestrator_initialize_session", {});
  const plan = await call("orchestrator_plan_task", {
    description: DESCRIPTION,
    subtasks_json: SUBTASKS_JSON,
    complexity_level: "moderate",
  });
  const ids = (plan["subtasks"] as { task_id: string }[]).map(({ task_id }) => task_id);
  const executed: Answer[] = [];
  const completed: Answer[] = [];
  for (const task_id of ids) {
    executed.push(await call("orchestrator_execute_subtask", { task_id }));
    completed.push(
      await call("orchestrator_complete_subtask", {
        task_id,
        summary: `Finished ${task_id}`,
        detailed_work: `# All about ${task_id}\n\nEvery detail of it.`,
        file_paths: [`src/${task_id}.py`],
        artifact_type: "code",
        next_action: "continue",
      }),
    );
  }
  const synthesis = await call("orchestrator_synthesize_results", { parent_task_id: plan["parent_task_id"] });
  return { session, plan, executed, completed, synthesis, ids };
}

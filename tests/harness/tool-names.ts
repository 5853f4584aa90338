// The tools by toolset, in the order of the table, written out: a test that made them from the table could not tell
// when one is gone.
export const SESSION_TOOLS = ["session_start", "session_status", "session_synthesize"];
export const TASK_TOOLS = [
  "task_plan",
  "task_create",
  "task_start",
  "task_append",
  "task_complete",
  "task_update",
  "task_list",
  "task_show",
  "task_graph",
];
export const CODE_TOOLS = ["code_run"];
export const HISTORY_TOOLS = ["execution_list", "execution_show"];
export const ADMIN_TOOLS = [
  "session_list",
  "session_resume",
  "session_close",
  "session_cleanup",
  "task_delete",
  "task_restore",
  "artifact_list",
  "artifact_show",
  "role_list",
  "role_show",
  "template_list",
  "template_show",
  "webhook_create",
  "webhook_list",
  "webhook_delete",
  "webhook_replay",
  "cluster_status",
];
export const OLD_NAMES = [
  "orchestrator_initialize_session",
  "orchestrator_plan_task",
  "orchestrator_execute_subtask",
  "orchestrator_complete_subtask",
  "orchestrator_synthesize_results",
  "orchestrator_get_status",
  "create_task",
  "update_task_status",
  "list_tasks",
  "get_task",
  "get_task_graph",
  "delete_task",
  "link_git_commit",
  "get_recent_commits",
  "execute_code",
  "execute_python_code",
  "execute_javascript_code",
  "execute_bash_command",
  "get_execution_history",
];

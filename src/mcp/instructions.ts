/** What a client's model reads about this server before its first call: at most 2,000 characters. */
export const INSTRUCTIONS = `cadre keeps a project's work as a graph of tasks that outlives this conversation. Every change is on disk before it is answered.

Work with it like this:
1. task_list shows what there is; the first page counts tasks by status. Begin here, in every new conversation.
2. Cut larger work into tasks with task_create. Give the ids of tasks that must be done first in needs, and a role from role_list when a specialist should do it.
3. Before you work on a task, set it to active with task_update; when its result is there, to completed. blocked and failed say why in options.note.
4. task_graph draws the whole as a Mermaid chart for the user.

Statuses move pending → active → completed, failed or blocked; failed goes back to pending, completed back to active when it needs revision. Every other move is refused and the error says which are possible.
Lists come in pages of 20: give back cursor for the next one. Every error carries a hint that says what to do next; follow it instead of guessing.
When several agents share a project, give the revision that you read to task_update: a conflict tells you to read again.`;

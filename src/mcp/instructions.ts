/** What a client's model reads about this server before its first call: at most 2,000 characters. */
export const INSTRUCTIONS = `cadre keeps a project's work as a graph of tasks that outlives this conversation. Every change is on disk before it is answered.

Work with it like this:
1. session_start first, in every new conversation: it says where work stands, what was interrupted, and what is next.
2. Cut a larger goal into tasks for specialists and store them with one task_plan: tasks name what they need by title. A single task: task_create.
3. task_start takes a task (without id the next ready one) so that nobody else works on it, and answers the role to work in, what it builds on, and a lease. Work in that role.
4. While you write, save section by section with task_append: what was answered survives whatever happens to this conversation. A draft that somebody left is in task_start's answer: go on right behind it.
5. task_complete hands the task in with a summary for those who build on it; without work it takes what you appended. Then follow next_step.
6. When a plan is done, session_synthesize puts its results together: write the result from it and task_complete the plan.

session_status shows where everything stands, task_graph draws it for the user, task_update edits, blocks, fails, retries, cancels.
Statuses move pending → active → completed, failed or blocked; every other move is refused and the error says which are possible. Lists come in pages of 20: give back cursor for the next one. Every error carries a hint that says what to do next; follow it instead of guessing.`;

-- Code that was looked at, and what was found in it.
CREATE TABLE scan (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT REFERENCES task (id) ON DELETE CASCADE,
  -- What was looked at: a file or folder, a pattern, a commit to compare with, as JSON.
  asked TEXT NOT NULL,
  -- What was said of it, in few words, as JSON.
  answer TEXT NOT NULL,
  -- All that was found, the gravest first, as JSON.
  findings TEXT NOT NULL,
  -- Of each file its path, lines of code, maintainability and how much was found, as JSON.
  files TEXT NOT NULL,
  took_ms {int} NOT NULL,
  created_ms {int} NOT NULL
) {strict};

CREATE INDEX scan_list ON scan (workspace_id, seq);
CREATE INDEX scan_task ON scan (task_id, seq) WHERE task_id IS NOT NULL;
CREATE INDEX scan_created ON scan (created_ms);

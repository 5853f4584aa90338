-- One program that was run, from before it starts.
CREATE TABLE execution (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT REFERENCES task (id) ON DELETE CASCADE,
  -- The process that runs it: when that dies, the program was interrupted.
  process TEXT NOT NULL,
  language TEXT NOT NULL,
  engine TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'error', 'timeout', 'limit', 'denied', 'crashed', 'cancelled', 'interrupted')),
  code TEXT NOT NULL,
  -- The names of what it was given, and its limits, as JSON.
  given TEXT NOT NULL,
  -- All that is known of its end, but for what it printed, as JSON.
  outcome TEXT NOT NULL DEFAULT '{}',
  stdout TEXT NOT NULL DEFAULT '',
  stderr TEXT NOT NULL DEFAULT '',
  created_ms {int} NOT NULL,
  started_ms {int},
  ended_ms {int}
) {strict};

CREATE INDEX execution_list ON execution (workspace_id, seq);
CREATE INDEX execution_task ON execution (task_id, seq) WHERE task_id IS NOT NULL;
CREATE INDEX execution_open ON execution (process) WHERE status IN ('queued', 'running');
CREATE INDEX execution_created ON execution (created_ms);

-- What a program left behind.
CREATE TABLE execution_file (
  execution_id TEXT NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  mime TEXT NOT NULL,
  hash TEXT NOT NULL REFERENCES content (hash),
  size_bytes {int} NOT NULL,
  PRIMARY KEY (execution_id, path)
) {strict};

CREATE INDEX execution_file_content ON execution_file (hash);

CREATE TABLE event (
  
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  workspace_id TEXT,
  subject TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE TABLE fact (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE idempotency (
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  answer TEXT,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE mcp_session (
  id TEXT PRIMARY KEY,
  initialize TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT '{}',
  created_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE migration (
      version INTEGER PRIMARY KEY,
      name TEXT NOT NULL,
      applied_ms INTEGER NOT NULL
    ) STRICT;

CREATE TABLE task (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'blocked', 'completed', 'failed', 'cancelled')),
  role TEXT NOT NULL DEFAULT '',
  priority INTEGER NOT NULL,
  tags TEXT NOT NULL DEFAULT '[]',
  environment TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '',
  revision INTEGER NOT NULL DEFAULT 1,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  archived_ms INTEGER
) STRICT;

CREATE TABLE task_need (
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  needs_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  PRIMARY KEY (task_id, needs_id)
) STRICT;

CREATE TABLE workspace (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX idempotency_created ON idempotency (created_ms);

CREATE INDEX mcp_session_seen ON mcp_session (seen_ms);

CREATE INDEX task_archived ON task (archived_ms) WHERE archived_ms IS NOT NULL;

CREATE INDEX task_list ON task (workspace_id, seq, status) WHERE archived_ms IS NULL;

CREATE INDEX task_need_reverse ON task_need (needs_id, task_id);

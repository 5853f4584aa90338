-- Times are integer milliseconds since 1970, JSON is TEXT, ids are TEXT.
CREATE TABLE workspace (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  created_ms {int} NOT NULL
) {strict};

CREATE TABLE task (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  title TEXT NOT NULL,
  description TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('pending', 'active', 'blocked', 'completed', 'failed', 'cancelled')),
  role TEXT NOT NULL DEFAULT '',
  priority {int} NOT NULL,
  tags TEXT NOT NULL DEFAULT '[]',
  environment TEXT NOT NULL DEFAULT '',
  language TEXT NOT NULL DEFAULT '',
  revision {int} NOT NULL DEFAULT 1,
  created_ms {int} NOT NULL,
  updated_ms {int} NOT NULL,
  archived_ms {int}
) {strict};

-- Serves pages in order, with or without a status, and the counts by status, all without reading a row.
CREATE INDEX task_list ON task (workspace_id, seq, status) WHERE archived_ms IS NULL;
CREATE INDEX task_archived ON task (archived_ms) WHERE archived_ms IS NOT NULL;

-- A task waits for what it needs.
CREATE TABLE task_need (
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  needs_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  PRIMARY KEY (task_id, needs_id)
) {strict};

CREATE INDEX task_need_reverse ON task_need (needs_id, task_id);

-- The log that never changes. Written in the same transaction as the state that it tells of.
CREATE TABLE event (
  {transaction_column}
  seq {serial},
  at_ms {int} NOT NULL,
  workspace_id TEXT,
  subject TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL
) {strict};


-- An MCP session over HTTP, so that a restarted server knows its clients.
CREATE TABLE mcp_session (
  id TEXT PRIMARY KEY,
  initialize TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT '{}',
  created_ms {int} NOT NULL,
  seen_ms {int} NOT NULL
) {strict};

CREATE INDEX mcp_session_seen ON mcp_session (seen_ms);

-- A write that was sent with an idempotency key: the row is there before the write starts, the answer after it.
CREATE TABLE idempotency (
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  answer TEXT,
  created_ms {int} NOT NULL
) {strict};

CREATE INDEX idempotency_created ON idempotency (created_ms);

-- Single facts about this database, by name.
CREATE TABLE fact (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) {strict};

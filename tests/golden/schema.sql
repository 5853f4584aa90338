CREATE TRIGGER run_moves BEFORE UPDATE OF status ON run
  WHEN NEW.status <> OLD.status AND NOT EXISTS (SELECT 1 FROM run_move WHERE was = OLD.status AND becomes = NEW.status)
  BEGIN
    SELECT RAISE(ABORT, 'a run cannot move like that');
  END;

CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN
  DELETE FROM search_text WHERE rowid = OLD.seq;
END;

CREATE TABLE artifact (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  type TEXT NOT NULL,
  mime TEXT NOT NULL,
  title TEXT NOT NULL,

  files TEXT NOT NULL DEFAULT '[]',
  hash TEXT NOT NULL REFERENCES content (hash),
  size_bytes INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE caller_rate (
  caller TEXT PRIMARY KEY,
  next_us INTEGER NOT NULL
) STRICT;

CREATE TABLE content (
  hash TEXT PRIMARY KEY,
  size_bytes INTEGER NOT NULL,
  bytes BLOB NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE decision (
  seq INTEGER PRIMARY KEY,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  text TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE draft (
  id TEXT PRIMARY KEY,
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('open', 'used', 'set_aside')),
  next_piece INTEGER NOT NULL,
  chars INTEGER NOT NULL,

  told_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE draft_piece (
  draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
  piece INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (draft_id, piece)
) STRICT;

CREATE TABLE event (
  
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  workspace_id TEXT,
  subject TEXT NOT NULL,
  type TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;

CREATE TABLE execution (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT REFERENCES task (id) ON DELETE CASCADE,

  process TEXT NOT NULL,
  language TEXT NOT NULL,
  engine TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'completed', 'error', 'timeout', 'limit', 'denied', 'crashed', 'cancelled', 'interrupted')),
  code TEXT NOT NULL,

  given TEXT NOT NULL,

  outcome TEXT NOT NULL DEFAULT '{}',
  stdout TEXT NOT NULL DEFAULT '',
  stderr TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER
) STRICT;

CREATE TABLE execution_file (
  execution_id TEXT NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  mime TEXT NOT NULL,
  hash TEXT NOT NULL REFERENCES content (hash),
  size_bytes INTEGER NOT NULL,
  PRIMARY KEY (execution_id, path)
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

CREATE TABLE lease (
  task_id TEXT PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
  epoch INTEGER NOT NULL,

  token TEXT,
  holder TEXT NOT NULL,

  agent TEXT NOT NULL,

  process TEXT NOT NULL DEFAULT '',
  until_ms INTEGER NOT NULL
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

CREATE TABLE reply (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  root_id TEXT NOT NULL,
  workspace_id TEXT,
  workflow TEXT NOT NULL,

  step TEXT NOT NULL,
  agent TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'completed', 'cut', 'failed')),

  text TEXT NOT NULL,
  input_tokens INTEGER,
  cached_tokens INTEGER,
  output_tokens INTEGER,

  cost_nano INTEGER,

  price TEXT,

  is_estimate INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  created_ms INTEGER NOT NULL,
  first_ms INTEGER,
  ended_ms INTEGER
, answer TEXT, kept INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE reply_piece (
  reply_id TEXT NOT NULL REFERENCES reply (id) ON DELETE CASCADE,
  n INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'thought')),
  text TEXT NOT NULL,
  at_ms INTEGER NOT NULL,
  PRIMARY KEY (reply_id, n)
) STRICT;

CREATE TABLE run (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT REFERENCES workspace (id) ON DELETE CASCADE,
  workflow TEXT NOT NULL,

  version TEXT NOT NULL,

  handler TEXT NOT NULL,

  host TEXT,

  caller TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('gated', 'queued', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  priority INTEGER NOT NULL,

  rank INTEGER NOT NULL,

  wake_ms INTEGER,

  process TEXT,
  epoch INTEGER NOT NULL DEFAULT 0,

  crashes INTEGER NOT NULL DEFAULT 0,

  events INTEGER NOT NULL DEFAULT 0,
  deadline_ms INTEGER,
  cancel_ms INTEGER,
  parent_id TEXT REFERENCES run (id) ON DELETE CASCADE,
  parent_step TEXT,
  root_id TEXT NOT NULL,
  idempotency_key TEXT,
  idempotency_hash TEXT,
  input TEXT NOT NULL,
  output TEXT,
  error TEXT,
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  started_ms INTEGER,
  ended_ms INTEGER
) STRICT;

CREATE TABLE run_gate (
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  key TEXT NOT NULL,

  holds INTEGER NOT NULL,
  PRIMARY KEY (run_id, key)
) STRICT;

CREATE TABLE run_limit (
  key TEXT PRIMARY KEY,
  most INTEGER,
  used INTEGER NOT NULL DEFAULT 0,
  starts INTEGER,
  per_ms INTEGER,

  next_ms INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE run_move (
  was TEXT NOT NULL,
  becomes TEXT NOT NULL,
  PRIMARY KEY (was, becomes)
) STRICT;

CREATE TABLE run_signal (
  seq INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  data TEXT NOT NULL,

  idempotency_key TEXT,
  created_ms INTEGER NOT NULL,
  taken_by TEXT
) STRICT;

CREATE TABLE run_step (
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'waiting', 'completed', 'failed', 'unknown')),
  attempt INTEGER NOT NULL,
  wake_ms INTEGER,
  about TEXT,
  output TEXT,
  error TEXT,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  PRIMARY KEY (run_id, key)
) STRICT;

CREATE TABLE run_task (
  task_id TEXT PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  step TEXT NOT NULL,

  is_made INTEGER NOT NULL,

  output_schema TEXT,
  UNIQUE (run_id, step)
) STRICT;

CREATE TABLE scan (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT REFERENCES task (id) ON DELETE CASCADE,

  asked TEXT NOT NULL,

  answer TEXT NOT NULL,

  findings TEXT NOT NULL,

  files TEXT NOT NULL,
  took_ms INTEGER NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE schedule (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  workflow TEXT NOT NULL,
  inputs TEXT NOT NULL,
  caller TEXT NOT NULL,
  cron TEXT NOT NULL,
  timezone TEXT NOT NULL,

  host TEXT NOT NULL,
  next_ms INTEGER NOT NULL,

  last_run TEXT,
  problem TEXT,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE search_entry (
  seq INTEGER PRIMARY KEY,
  subject TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,

  task_id TEXT REFERENCES task (id) ON DELETE CASCADE,

  digest TEXT NOT NULL
) STRICT;

CREATE VIRTUAL TABLE search_text USING fts5 (scope, title, body, tokenize = 'ascii');

CREATE TABLE 'search_text_config'(k PRIMARY KEY, v) WITHOUT ROWID;

CREATE TABLE 'search_text_content'(id INTEGER PRIMARY KEY, c0, c1, c2);

CREATE TABLE 'search_text_data'(id INTEGER PRIMARY KEY, block BLOB);

CREATE TABLE 'search_text_docsize'(id INTEGER PRIMARY KEY, sz BLOB);

CREATE TABLE 'search_text_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;

CREATE TABLE session (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  title TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  client TEXT NOT NULL DEFAULT '',
  created_ms INTEGER NOT NULL,
  updated_ms INTEGER NOT NULL,
  closed_ms INTEGER
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
, session_id TEXT REFERENCES session (id) ON DELETE SET NULL, parent_id TEXT REFERENCES task (id) ON DELETE CASCADE, complexity TEXT NOT NULL DEFAULT 'moderate' CHECK (complexity IN ('simple', 'moderate', 'complex', 'very_complex')), effort TEXT NOT NULL DEFAULT '', worker TEXT NOT NULL DEFAULT 'client' CHECK (worker IN ('client', 'code', 'tool', 'gate', 'agent')), acceptance TEXT NOT NULL DEFAULT '[]', summary TEXT NOT NULL DEFAULT '', note TEXT NOT NULL DEFAULT '', attempts INTEGER NOT NULL DEFAULT 0, attempts_max INTEGER NOT NULL DEFAULT 3, ready_ms INTEGER NOT NULL DEFAULT 0) STRICT;

CREATE TABLE task_commit (
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  message TEXT NOT NULL DEFAULT '',
  author TEXT NOT NULL DEFAULT '',
  linked_ms INTEGER NOT NULL,
  PRIMARY KEY (task_id, hash)
) STRICT;

CREATE TABLE task_need (
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  needs_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE, kind TEXT NOT NULL DEFAULT 'completion' CHECK (kind IN ('completion', 'blocks', 'related')), waived TEXT,
  PRIMARY KEY (task_id, needs_id)
) STRICT;

CREATE TABLE webhook (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,

  workspace_id TEXT REFERENCES workspace (id) ON DELETE CASCADE,
  url TEXT NOT NULL,

  types TEXT NOT NULL,

  subject TEXT,
  after_seq INTEGER NOT NULL,

  failures INTEGER NOT NULL DEFAULT 0,
  rests_until_ms INTEGER NOT NULL DEFAULT 0,

  ended_ms INTEGER,
  created_ms INTEGER NOT NULL
, classic_id TEXT) STRICT;

CREATE TABLE webhook_delivery (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  event_seq INTEGER NOT NULL,
  type TEXT NOT NULL,

  body TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'delivered', 'dead')),
  attempt INTEGER NOT NULL DEFAULT 0,
  next_ms INTEGER NOT NULL,
  http_status INTEGER,
  problem TEXT,
  created_ms INTEGER NOT NULL,
  ended_ms INTEGER
) STRICT;

CREATE TABLE worker (
  process TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  version TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  seen_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE workflow_definition (
  digest TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE workspace (
  id TEXT PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,
  created_ms INTEGER NOT NULL
) STRICT;

CREATE INDEX artifact_content ON artifact (hash);

CREATE INDEX artifact_list ON artifact (workspace_id, seq);

CREATE UNIQUE INDEX artifact_version ON artifact (task_id, name, version);

CREATE INDEX caller_rate_next ON caller_rate (next_us);

CREATE INDEX decision_list ON decision (workspace_id, seq);

CREATE INDEX decision_task ON decision (task_id);

CREATE UNIQUE INDEX draft_open ON draft (task_id) WHERE status = 'open';

CREATE INDEX draft_task ON draft (task_id, created_ms);

CREATE INDEX event_recovered ON event (subject, seq) WHERE type = 'run.recovered';

CREATE INDEX execution_created ON execution (created_ms);

CREATE INDEX execution_file_content ON execution_file (hash);

CREATE INDEX execution_list ON execution (workspace_id, seq);

CREATE INDEX execution_open ON execution (process) WHERE status IN ('queued', 'running');

CREATE INDEX execution_task ON execution (task_id, seq) WHERE task_id IS NOT NULL;

CREATE INDEX idempotency_created ON idempotency (created_ms);

CREATE INDEX lease_held ON lease (until_ms, process) WHERE token IS NOT NULL;

CREATE INDEX mcp_session_seen ON mcp_session (seen_ms);

CREATE INDEX reply_created ON reply (created_ms);

CREATE INDEX reply_root ON reply (root_id, seq);

CREATE INDEX reply_step ON reply (run_id, step, seq);

CREATE INDEX run_cancel ON run (process) WHERE status = 'running' AND cancel_ms IS NOT NULL;

CREATE UNIQUE INDEX run_child ON run (parent_id, parent_step) WHERE parent_id IS NOT NULL;

CREATE INDEX run_ended ON run (ended_ms) WHERE ended_ms IS NOT NULL;

CREATE INDEX run_gate_key ON run_gate (key, run_id) WHERE holds = 0;

CREATE UNIQUE INDEX run_idempotency ON run (idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE INDEX run_list ON run (workspace_id, seq);

CREATE INDEX run_open ON run (status) WHERE ended_ms IS NULL;

CREATE INDEX run_process ON run (process) WHERE status = 'running';

CREATE INDEX run_ready ON run (rank, seq) WHERE status = 'queued';

CREATE INDEX run_root ON run (root_id);

CREATE UNIQUE INDEX run_signal_once ON run_signal (run_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

CREATE INDEX run_signal_open ON run_signal (run_id, name, seq) WHERE taken_by IS NULL;

CREATE INDEX run_version ON run (version);

CREATE INDEX run_wake ON run (wake_ms) WHERE wake_ms IS NOT NULL;

CREATE INDEX scan_created ON scan (created_ms);

CREATE INDEX scan_list ON scan (workspace_id, seq);

CREATE INDEX scan_task ON scan (task_id, seq) WHERE task_id IS NOT NULL;

CREATE INDEX schedule_due ON schedule (host, next_ms);

CREATE INDEX search_entry_task ON search_entry (task_id) WHERE task_id IS NOT NULL;

CREATE INDEX search_entry_workspace ON search_entry (workspace_id);

CREATE INDEX session_list ON session (workspace_id, seq, status);

CREATE INDEX task_archived ON task (archived_ms) WHERE archived_ms IS NOT NULL;

CREATE INDEX task_commit_list ON task_commit (workspace_id, linked_ms);

CREATE INDEX task_list ON task (workspace_id, seq, status) WHERE archived_ms IS NULL;

CREATE INDEX task_need_reverse ON task_need (needs_id, task_id);

CREATE INDEX task_parent ON task (parent_id, seq) WHERE parent_id IS NOT NULL;

CREATE INDEX task_ready ON task (workspace_id, priority, seq) WHERE status = 'pending' AND archived_ms IS NULL;

CREATE INDEX task_session ON task (session_id, seq) WHERE session_id IS NOT NULL;

CREATE INDEX webhook_delivery_due ON webhook_delivery (next_ms) WHERE status = 'waiting';

CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_ms) WHERE ended_ms IS NOT NULL;

CREATE INDEX webhook_delivery_of ON webhook_delivery (webhook_id, status);

CREATE INDEX workflow_definition_age ON workflow_definition (created_ms);

-- One orchestration in a workspace. Several windows may work at the same one.
CREATE TABLE session (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  title TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('open', 'closed')),
  client TEXT NOT NULL DEFAULT '',
  created_ms {int} NOT NULL,
  updated_ms {int} NOT NULL,
  closed_ms {int}
) {strict};

CREATE INDEX session_list ON session (workspace_id, seq, status);

ALTER TABLE task ADD COLUMN session_id TEXT REFERENCES session (id) ON DELETE SET NULL;

-- A plan is a task with children.
ALTER TABLE task ADD COLUMN parent_id TEXT REFERENCES task (id) ON DELETE CASCADE;

ALTER TABLE task ADD COLUMN complexity TEXT NOT NULL DEFAULT 'moderate' CHECK (complexity IN ('simple', 'moderate', 'complex', 'very_complex'));

ALTER TABLE task ADD COLUMN effort TEXT NOT NULL DEFAULT '';

ALTER TABLE task ADD COLUMN worker TEXT NOT NULL DEFAULT 'client' CHECK (worker IN ('client', 'code', 'tool', 'gate', 'agent'));

-- What shows that it is done, as a JSON array of texts.
ALTER TABLE task ADD COLUMN acceptance TEXT NOT NULL DEFAULT '[]';

ALTER TABLE task ADD COLUMN summary TEXT NOT NULL DEFAULT '';

-- Why it is blocked, failed, cancelled or to be revised.
ALTER TABLE task ADD COLUMN note TEXT NOT NULL DEFAULT '';

ALTER TABLE task ADD COLUMN attempts {int} NOT NULL DEFAULT 0;

ALTER TABLE task ADD COLUMN attempts_max {int} NOT NULL DEFAULT 3;

-- Not before this time: the pause before a retry.
ALTER TABLE task ADD COLUMN ready_ms {int} NOT NULL DEFAULT 0;

CREATE INDEX task_ready ON task (workspace_id, priority, seq) WHERE status = 'pending' AND archived_ms IS NULL;
CREATE INDEX task_parent ON task (parent_id, seq) WHERE parent_id IS NOT NULL;
CREATE INDEX task_session ON task (session_id, seq) WHERE session_id IS NOT NULL;

-- completion: waits until the other is completed; blocks: until it is over, however it ended; related: never.
ALTER TABLE task_need ADD COLUMN kind TEXT NOT NULL DEFAULT 'completion' CHECK (kind IN ('completion', 'blocks', 'related'));

-- Why nobody waits for it any more; NULL as long as somebody does.
ALTER TABLE task_need ADD COLUMN waived TEXT;

-- Who works on a task. The row outlives the hold, because its epoch only ever grows.
CREATE TABLE lease (
  task_id TEXT PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
  epoch {int} NOT NULL,
  -- NULL when nobody holds it.
  token TEXT,
  holder TEXT NOT NULL,
  -- Whose caller it is: by this the holder is known without the token.
  agent TEXT NOT NULL,
  -- The process whose death ends the hold; empty when only time does.
  process TEXT NOT NULL DEFAULT '',
  until_ms {int} NOT NULL
) {strict};

CREATE INDEX lease_held ON lease (until_ms, process) WHERE token IS NOT NULL;

-- A result still being written.
CREATE TABLE draft (
  id TEXT PRIMARY KEY,
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  status TEXT NOT NULL CHECK (status IN ('open', 'used', 'set_aside')),
  next_piece {int} NOT NULL,
  chars {int} NOT NULL,
  -- When the log was last told that it grows.
  told_ms {int} NOT NULL,
  created_ms {int} NOT NULL,
  updated_ms {int} NOT NULL
) {strict};

CREATE UNIQUE INDEX draft_open ON draft (task_id) WHERE status = 'open';
CREATE INDEX draft_task ON draft (task_id, created_ms);

CREATE TABLE draft_piece (
  draft_id TEXT NOT NULL REFERENCES draft (id) ON DELETE CASCADE,
  piece {int} NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (draft_id, piece)
) {strict};

-- What artifacts hold, each content once.
CREATE TABLE content (
  hash TEXT PRIMARY KEY,
  size_bytes {int} NOT NULL,
  bytes {bytes} NOT NULL,
  created_ms {int} NOT NULL
) {strict};

-- A kept result. The same name of the same task again is a new version.
CREATE TABLE artifact (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  version {int} NOT NULL,
  type TEXT NOT NULL,
  mime TEXT NOT NULL,
  title TEXT NOT NULL,
  -- Paths of the project that it is about, as a JSON array.
  files TEXT NOT NULL DEFAULT '[]',
  hash TEXT NOT NULL REFERENCES content (hash),
  size_bytes {int} NOT NULL,
  created_ms {int} NOT NULL
) {strict};

CREATE UNIQUE INDEX artifact_version ON artifact (task_id, name, version);
CREATE INDEX artifact_list ON artifact (workspace_id, seq);
CREATE INDEX artifact_content ON artifact (hash);

-- What was decided while a task was worked on, for whoever comes later.
CREATE TABLE decision (
  seq {serial},
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  text TEXT NOT NULL,
  created_ms {int} NOT NULL
) {strict};

CREATE INDEX decision_list ON decision (workspace_id, seq);
CREATE INDEX decision_task ON decision (task_id);

CREATE TABLE task_commit (
  task_id TEXT NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  hash TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  message TEXT NOT NULL DEFAULT '',
  author TEXT NOT NULL DEFAULT '',
  linked_ms {int} NOT NULL,
  PRIMARY KEY (task_id, hash)
) {strict};

CREATE INDEX task_commit_list ON task_commit (workspace_id, linked_ms);

-- What can be found by its words. It follows the log: whatever an event tells of is read again before a search.
CREATE TABLE search_entry (
  seq {serial},
  subject TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  -- The task that it is, or that it belongs to: the log tells of a task that goes, not of what goes with it.
  task_id TEXT REFERENCES task (id) ON DELETE CASCADE,
  -- Of what was indexed: most events change nothing that can be found.
  digest TEXT NOT NULL
) {strict};

CREATE INDEX search_entry_workspace ON search_entry (workspace_id);
CREATE INDEX search_entry_task ON search_entry (task_id) WHERE task_id IS NOT NULL;

-- Words come as cadre has cut and folded them: every character above 127 is a part of one.
{only sqlite} CREATE VIRTUAL TABLE search_text USING fts5 (scope, title, body, tokenize = 'ascii');

{only sqlite} CREATE TRIGGER search_entry_gone AFTER DELETE ON search_entry BEGIN
  DELETE FROM search_text WHERE rowid = OLD.seq;
END;

{only postgres} ALTER TABLE search_entry ADD COLUMN words TSVECTOR NOT NULL;

{only postgres} CREATE INDEX search_entry_words ON search_entry USING gin (words) WITH (fastupdate = off);

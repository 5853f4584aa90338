-- Where a run may go from where it stands. A trigger refuses every other move, whoever tries it.
CREATE TABLE run_move (
  was TEXT NOT NULL,
  becomes TEXT NOT NULL,
  PRIMARY KEY (was, becomes)
) {strict};

INSERT INTO run_move (was, becomes) VALUES
  ('gated', 'queued'), ('gated', 'cancelled'), ('gated', 'failed'),
  ('queued', 'running'), ('queued', 'cancelled'), ('queued', 'failed'),
  ('running', 'queued'), ('running', 'waiting'), ('running', 'completed'), ('running', 'failed'), ('running', 'cancelled'),
  ('waiting', 'queued'), ('waiting', 'cancelled'), ('waiting', 'failed'),
  ('failed', 'queued'), ('failed', 'gated');

-- One workflow at work, from before it starts until it has ended.
CREATE TABLE run (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT REFERENCES workspace (id) ON DELETE CASCADE,
  workflow TEXT NOT NULL,
  -- The definition that it began with, and goes on with.
  version TEXT NOT NULL,
  -- What a process must know to work on it.
  handler TEXT NOT NULL,
  -- The machine that it needs; none for any.
  host TEXT,
  -- On whose behalf, as JSON: what it may call is what they may.
  caller TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('gated', 'queued', 'running', 'waiting', 'completed', 'failed', 'cancelled')),
  priority {int} NOT NULL,
  -- The lower, the sooner: when it was made, and a minute later for each step of priority. So nobody waits for ever.
  rank {int} NOT NULL,
  -- The only clock: when it may go on, and while it runs, when its worker no longer counts.
  wake_ms {int},
  -- Who works on it; a worker that has lost it can no longer write.
  process TEXT,
  epoch {int} NOT NULL DEFAULT 0,
  -- How often a worker died over it.
  crashes {int} NOT NULL DEFAULT 0,
  -- Events of this run so far.
  events {int} NOT NULL DEFAULT 0,
  deadline_ms {int},
  cancel_ms {int},
  parent_id TEXT REFERENCES run (id) ON DELETE CASCADE,
  parent_step TEXT,
  root_id TEXT NOT NULL,
  idempotency_key TEXT,
  idempotency_hash TEXT,
  input TEXT NOT NULL,
  output TEXT,
  error TEXT,
  created_ms {int} NOT NULL,
  updated_ms {int} NOT NULL,
  started_ms {int},
  ended_ms {int}
) {strict};

-- Each step changes its run's row: with room beside it, no index has to be told.
{only postgres} ALTER TABLE run SET (fillfactor = 70);

CREATE INDEX run_ready ON run (rank, seq) WHERE status = 'queued';
CREATE INDEX run_wake ON run (wake_ms) WHERE wake_ms IS NOT NULL;
CREATE INDEX run_open ON run (status) WHERE ended_ms IS NULL;
CREATE INDEX run_process ON run (process) WHERE status = 'running';
CREATE INDEX run_cancel ON run (process) WHERE status = 'running' AND cancel_ms IS NOT NULL;
CREATE UNIQUE INDEX run_child ON run (parent_id, parent_step) WHERE parent_id IS NOT NULL;
CREATE UNIQUE INDEX run_idempotency ON run (idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX run_list ON run (workspace_id, seq);
CREATE INDEX run_root ON run (root_id);
CREATE INDEX run_version ON run (version);
CREATE INDEX run_ended ON run (ended_ms) WHERE ended_ms IS NOT NULL;

{only sqlite} CREATE TRIGGER run_moves BEFORE UPDATE OF status ON run
  WHEN NEW.status <> OLD.status AND NOT EXISTS (SELECT 1 FROM run_move WHERE was = OLD.status AND becomes = NEW.status)
  BEGIN
    SELECT RAISE(ABORT, 'a run cannot move like that');
  END;

{only postgres} CREATE FUNCTION run_moves() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF NOT EXISTS (SELECT 1 FROM run_move WHERE was = OLD.status AND becomes = NEW.status) THEN
      RAISE EXCEPTION 'a run cannot move like that';
    END IF;
    RETURN NEW;
  END $$;

{only postgres} CREATE TRIGGER run_moves BEFORE UPDATE OF status ON run FOR EACH ROW
  WHEN (NEW.status <> OLD.status) EXECUTE FUNCTION run_moves();

-- What a run remembers. A step that is here was done, or is known to have begun.
CREATE TABLE run_step (
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('running', 'waiting', 'completed', 'failed', 'unknown')),
  attempt {int} NOT NULL,
  wake_ms {int},
  about TEXT,
  output TEXT,
  error TEXT,
  started_ms {int} NOT NULL,
  ended_ms {int},
  PRIMARY KEY (run_id, key)
) {strict};

-- What was said to a run. It is kept until a step of the run takes it.
CREATE TABLE run_signal (
  seq {serial},
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  data TEXT NOT NULL,
  -- The one who says it twice is heard once.
  idempotency_key TEXT,
  created_ms {int} NOT NULL,
  taken_by TEXT
) {strict};

CREATE INDEX run_signal_open ON run_signal (run_id, name, seq) WHERE taken_by IS NULL;
CREATE UNIQUE INDEX run_signal_once ON run_signal (run_id, idempotency_key) WHERE idempotency_key IS NOT NULL;

-- How many runs of one kind there may be at once, and how many may start in a time.
CREATE TABLE run_limit (
  key TEXT PRIMARY KEY,
  most {int},
  used {int} NOT NULL DEFAULT 0,
  starts {int},
  per_ms {int},
  -- When the next one may start, if they came one after the other.
  next_ms {int} NOT NULL DEFAULT 0
) {strict};

-- Which limits a run is under.
CREATE TABLE run_gate (
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  -- Whether it counts there now.
  holds {int} NOT NULL,
  PRIMARY KEY (run_id, key)
) {strict};

-- The definitions of runs that were begun from a text, by its digest: an edit does not change what is under way.
CREATE TABLE workflow_definition (
  digest TEXT PRIMARY KEY,
  text TEXT NOT NULL,
  created_ms {int} NOT NULL
) {strict};

CREATE INDEX workflow_definition_age ON workflow_definition (created_ms);

-- Tasks that a step of a run waits for.
CREATE TABLE run_task (
  task_id TEXT PRIMARY KEY REFERENCES task (id) ON DELETE CASCADE,
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  step TEXT NOT NULL,
  -- 1: the step made it, and without its run nobody wants it. 0: it is a plan's, and stays.
  is_made {int} NOT NULL,
  -- The form that its result has to have, as a JSON schema; none for any.
  output_schema TEXT,
  UNIQUE (run_id, step)
) {strict};

-- Workflows that start by themselves, again and again.
CREATE TABLE schedule (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  workspace_id TEXT NOT NULL REFERENCES workspace (id) ON DELETE CASCADE,
  workflow TEXT NOT NULL,
  inputs TEXT NOT NULL,
  caller TEXT NOT NULL,
  cron TEXT NOT NULL,
  timezone TEXT NOT NULL,
  -- The machine that has the project.
  host TEXT NOT NULL,
  next_ms {int} NOT NULL,
  -- What it started last, and why it did not.
  last_run TEXT,
  problem TEXT,
  created_ms {int} NOT NULL
) {strict};

CREATE INDEX schedule_due ON schedule (host, next_ms);

-- Who is told of events by HTTP. The log is what is to be told; after_seq is how far it has been looked through.
CREATE TABLE webhook (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  -- Of one project, or of all.
  workspace_id TEXT REFERENCES workspace (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  -- Types, or with a dot at the end all below; JSON.
  types TEXT NOT NULL,
  -- Only events of this.
  subject TEXT,
  after_seq {int} NOT NULL,
  -- Tries in a row that failed, and until when it is left alone because of that.
  failures {int} NOT NULL DEFAULT 0,
  rests_until_ms {int} NOT NULL DEFAULT 0,
  -- It has said that it wants no more.
  ended_ms {int},
  created_ms {int} NOT NULL
) {strict};

CREATE TABLE webhook_delivery (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  webhook_id TEXT NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
  event_seq {int} NOT NULL,
  type TEXT NOT NULL,
  -- The very bytes that are signed and sent.
  body TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('waiting', 'delivered', 'dead')),
  attempt {int} NOT NULL DEFAULT 0,
  next_ms {int} NOT NULL,
  http_status {int},
  problem TEXT,
  created_ms {int} NOT NULL,
  ended_ms {int}
) {strict};

CREATE INDEX webhook_delivery_due ON webhook_delivery (next_ms) WHERE status = 'waiting';
CREATE INDEX webhook_delivery_of ON webhook_delivery (webhook_id, status);
CREATE INDEX webhook_delivery_ended ON webhook_delivery (ended_ms) WHERE ended_ms IS NOT NULL;

-- Processes that work on runs. On one machine a lock tells whether they live, elsewhere when they were seen last.
CREATE TABLE worker (
  process TEXT PRIMARY KEY,
  host TEXT NOT NULL,
  pid {int} NOT NULL,
  version TEXT NOT NULL,
  started_ms {int} NOT NULL,
  seen_ms {int} NOT NULL
) {strict};

CREATE INDEX run_gate_key ON run_gate (key, run_id) WHERE holds = 0;

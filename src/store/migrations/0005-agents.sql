-- One answer of a model: who was asked, what was said, what it costs. It is there before the first word of it.
CREATE TABLE reply (
  seq {serial},
  id TEXT NOT NULL UNIQUE,
  run_id TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
  root_id TEXT NOT NULL,
  workspace_id TEXT,
  workflow TEXT NOT NULL,
  -- The step of the run, and the agent that it belongs to.
  step TEXT NOT NULL,
  agent TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('open', 'completed', 'cut', 'failed')),
  -- What was said, once it is over; while it is open what was said before it, if it goes on with that.
  text TEXT NOT NULL,
  input_tokens {int},
  cached_tokens {int},
  output_tokens {int},
  -- Billionths of a dollar; none where nobody knows the price.
  cost_nano {int},
  -- Whose price it is.
  price TEXT,
  -- 1: the provider never said how much it was, so it was guessed from the letters.
  is_estimate {int} NOT NULL DEFAULT 0,
  error TEXT,
  created_ms {int} NOT NULL,
  first_ms {int},
  ended_ms {int}
) {strict};

CREATE INDEX reply_root ON reply (root_id, seq);
CREATE INDEX reply_step ON reply (run_id, step, seq);
CREATE INDEX reply_created ON reply (created_ms);

-- An answer as it comes, for as long as it is open or when it broke off.
CREATE TABLE reply_piece (
  reply_id TEXT NOT NULL REFERENCES reply (id) ON DELETE CASCADE,
  n {int} NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('text', 'thought')),
  text TEXT NOT NULL,
  at_ms {int} NOT NULL,
  PRIMARY KEY (reply_id, n)
) {strict};

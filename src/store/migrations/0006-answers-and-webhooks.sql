-- Whoever registered in the words of the earlier research server hears of the run in them, under the id that it knows.
ALTER TABLE webhook ADD COLUMN classic_id TEXT;
-- A whole answer, until the step is remembered that it was asked for: whoever dies in between has not to ask again.
ALTER TABLE reply ADD COLUMN answer TEXT;

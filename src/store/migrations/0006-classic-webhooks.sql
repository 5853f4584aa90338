-- Whoever registered in the words of the earlier research server hears of the run in them, under the id that it knows.
ALTER TABLE webhook ADD COLUMN classic_id TEXT;

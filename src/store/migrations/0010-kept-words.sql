-- The characters of an answer that broke off, with which this one goes on: how far a run gets whose workers die before
-- a step of it has ended.
ALTER TABLE reply ADD COLUMN kept {int} NOT NULL DEFAULT 0;

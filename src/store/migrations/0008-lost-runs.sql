-- Whether a run has got on between the deaths of its workers is asked at each fifth of them, and never by reading the log.
CREATE INDEX event_recovered ON event (subject, seq) WHERE type = 'run.recovered';

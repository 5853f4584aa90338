-- How far a caller of HTTP has used up its share, for all machines of a server: when the next request would be due, if
-- they came evenly. In millionths of a second.
CREATE TABLE caller_rate (
  caller TEXT PRIMARY KEY,
  next_us {int} NOT NULL
) {strict};
CREATE INDEX caller_rate_next ON caller_rate (next_us);

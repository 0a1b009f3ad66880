-- Two tables of the live worker as it needs them. No release before this step wrote to either, so
-- what is dropped is empty.

-- Commands that are tagged, and under which id: the same command is met live, in a session, and in
-- its attacker's history, where it has no id. Bounded: the oldest rows, those of the lowest ids, are
-- removed.
DROP TABLE IF EXISTS decnet_seen;
CREATE TABLE decnet_seen (
  id INTEGER PRIMARY KEY,
  attacker_uuid VARCHAR NOT NULL,
  command_time DATETIME NOT NULL,
  decky VARCHAR NOT NULL,  -- '' for none
  text_sha256 VARCHAR(64) NOT NULL,
  source_id VARCHAR NOT NULL,  -- of its tags; '' when it is too long to be kept
  live BOOLEAN NOT NULL,  -- tagged from the bus; else from the attacker's history
  seen_at DATETIME NOT NULL
);
CREATE UNIQUE INDEX ix_decnet_seen_command
  ON decnet_seen (attacker_uuid, command_time, text_sha256, source_id);

-- Messages given up: what came, why it could not be used, how often it was tried.
DROP TABLE IF EXISTS decnet_dead_letter;
CREATE TABLE decnet_dead_letter (
  id INTEGER PRIMARY KEY,
  message_id VARCHAR NOT NULL,
  topic VARCHAR NOT NULL,
  event_type VARCHAR NOT NULL,
  payload TEXT NOT NULL,  -- JSON, as received
  published_ts FLOAT NOT NULL,  -- seconds since 1970, as the message said
  reason VARCHAR NOT NULL,
  attempts INTEGER NOT NULL,
  buried_at DATETIME NOT NULL
);
CREATE INDEX ix_decnet_dead_letter_buried_at ON decnet_dead_letter (buried_at);

-- The tables that are this program's alone. In a database of its own they come with the first use;
-- in a framework database only by `decnet db init`, and everything works without them, with less
-- certainty.

-- Tells who made the database and how far its schema got: one row.
CREATE TABLE decnet_schema (
  version INTEGER NOT NULL,  -- number of the last step that ran
  created_at DATETIME NOT NULL
);

-- Announcements that are committed with the tags they speak of and wait for the bus to take them.
-- Read in the order of id, deleted when taken: at least once, recognisable by message_id.
CREATE TABLE decnet_outbox (
  id INTEGER PRIMARY KEY,
  message_id VARCHAR NOT NULL,
  topic VARCHAR NOT NULL,
  event_type VARCHAR NOT NULL,
  payload TEXT NOT NULL,  -- JSON object
  created_at DATETIME NOT NULL,
  attempts INTEGER NOT NULL,
  last_error VARCHAR
);
CREATE UNIQUE INDEX ix_decnet_outbox_message_id ON decnet_outbox (message_id);

-- How far catch-up has read each source: everything up to (position_time, position_key) is tagged.
CREATE TABLE decnet_cursor (
  source VARCHAR NOT NULL,  -- "attackers", "canary_triggers", …
  position_time DATETIME NOT NULL,
  position_key VARCHAR NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (source)
);

-- Commands that were tagged live, so that catch-up and replay, which meet them under other ids, can
-- leave them out. Bounded: the oldest by seen_at are removed.
CREATE TABLE decnet_seen (
  attacker_uuid VARCHAR NOT NULL,
  command_time DATETIME NOT NULL,
  decky_id VARCHAR NOT NULL,  -- '' for none
  text_sha256 VARCHAR(64) NOT NULL,
  seen_at DATETIME NOT NULL,
  PRIMARY KEY (attacker_uuid, command_time, decky_id, text_sha256)
) WITHOUT ROWID;
CREATE INDEX ix_decnet_seen_seen_at ON decnet_seen (seen_at);

-- Messages given up: what came, why it could not be used, how often it was tried.
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

-- Login attempts from imported logs, for rules about guessing and default passwords.
CREATE TABLE decnet_auth_attempt (
  id VARCHAR NOT NULL,
  attacker_uuid VARCHAR NOT NULL,
  attempted_at DATETIME NOT NULL,
  session_id VARCHAR NOT NULL,
  decky_id VARCHAR NOT NULL,
  service VARCHAR NOT NULL,
  username VARCHAR NOT NULL,
  password VARCHAR NOT NULL,
  success BOOLEAN NOT NULL,
  PRIMARY KEY (id)
);
CREATE INDEX ix_decnet_auth_attempt_attacker_time
  ON decnet_auth_attempt (attacker_uuid, attempted_at);
CREATE INDEX ix_decnet_auth_attempt_attempted_at ON decnet_auth_attempt (attempted_at);

-- Operational state of rules that are read from files: the columns of the framework's
-- ttp_rule_state, which serves rules kept in the database.
CREATE TABLE decnet_rule_state (
  rule_id VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  confidence_max FLOAT,
  expires_at DATETIME,
  reason VARCHAR,
  set_by VARCHAR,
  set_at DATETIME NOT NULL,
  PRIMARY KEY (rule_id)
);

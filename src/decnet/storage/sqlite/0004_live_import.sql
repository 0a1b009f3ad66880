-- What a live import may not forget.

-- Messages for the worker that are committed with the rows they speak of and wait for the bus to
-- take them. As decnet_outbox, but published by the import.
CREATE TABLE decnet_import_outbox (
  id INTEGER PRIMARY KEY,
  message_id VARCHAR NOT NULL,
  topic VARCHAR NOT NULL,
  event_type VARCHAR NOT NULL,
  payload TEXT NOT NULL,  -- JSON object
  created_at DATETIME NOT NULL,
  attempts INTEGER NOT NULL,
  last_error VARCHAR
);
CREATE UNIQUE INDEX ix_decnet_import_outbox_message_id ON decnet_import_outbox (message_id);

-- Sessions of a followed log that have not ended yet.
CREATE TABLE decnet_open_session (
  log VARCHAR NOT NULL,
  session_key VARCHAR NOT NULL,
  touched_at DATETIME NOT NULL,
  state TEXT NOT NULL,  -- JSON object
  PRIMARY KEY (log, session_key)
);

-- How far each log was read, file by file.
CREATE TABLE decnet_log_position (
  log VARCHAR NOT NULL,
  position TEXT NOT NULL,  -- JSON
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (log)
);

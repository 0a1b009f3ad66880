-- What imported logs say that is neither a command nor a login: requests, transfers, contacts with
-- decoys, fingerprints. Each row is an event of the tagger.
CREATE TABLE decnet_event (
  id VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,  -- a source kind: "http_request", "payload", "session", …
  attacker_uuid VARCHAR NOT NULL,
  occurred_at DATETIME NOT NULL,  -- the first time, of what happened several times
  session_id VARCHAR NOT NULL,  -- '' for none
  decky_id VARCHAR NOT NULL,  -- '' for none
  payload TEXT NOT NULL,  -- JSON object
  PRIMARY KEY (id)
);
CREATE INDEX ix_decnet_event_attacker_time ON decnet_event (attacker_uuid, occurred_at);

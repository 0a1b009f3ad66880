-- The tables of the DECNET framework that this program reads or writes, as the framework makes them
-- (its schema 4a914b1d62a0 on SQLite): names, order, types, indexes and checks. A subset of its 39
-- tables, for databases that this program creates itself; never run on a framework database.
-- No column has a DEFAULT: an insert supplies every NOT NULL value.

CREATE TABLE campaigns (
  uuid VARCHAR NOT NULL,
  schema_version INTEGER NOT NULL,
  first_seen_at DATETIME,
  last_seen_at DATETIME,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  confidence FLOAT,
  identity_count INTEGER NOT NULL,
  ja3_hashes TEXT,
  hassh_hashes TEXT,
  tls_cert_sha256 TEXT,
  payload_simhashes TEXT,
  c2_endpoints TEXT,
  merged_into_uuid VARCHAR,
  notes TEXT,
  PRIMARY KEY (uuid),
  FOREIGN KEY (merged_into_uuid) REFERENCES campaigns (uuid)
);
CREATE INDEX ix_campaigns_created_at ON campaigns (created_at);
CREATE INDEX ix_campaigns_first_seen_at ON campaigns (first_seen_at);
CREATE INDEX ix_campaigns_last_seen_at ON campaigns (last_seen_at);
CREATE INDEX ix_campaigns_merged_into_uuid ON campaigns (merged_into_uuid);
CREATE INDEX ix_campaigns_updated_at ON campaigns (updated_at);

CREATE TABLE attacker_identities (
  uuid VARCHAR NOT NULL,
  schema_version INTEGER NOT NULL,
  campaign_id VARCHAR,
  first_seen_at DATETIME,
  last_seen_at DATETIME,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  confidence FLOAT,
  observation_count INTEGER NOT NULL,
  ja3_hashes TEXT,
  hassh_hashes TEXT,
  ja4h_hashes TEXT,
  ja4_quic_hashes TEXT,
  http_versions_seen TEXT,
  tls_cert_sha256 TEXT,
  ipv6_link_local_iids TEXT,
  payload_simhashes TEXT,
  c2_endpoints TEXT,
  kd_digraph_simhash BLOB,
  merged_into_uuid VARCHAR,
  notes TEXT,
  PRIMARY KEY (uuid),
  FOREIGN KEY (campaign_id) REFERENCES campaigns (uuid),
  FOREIGN KEY (merged_into_uuid) REFERENCES attacker_identities (uuid)
);
CREATE INDEX ix_attacker_identities_campaign_id ON attacker_identities (campaign_id);
CREATE INDEX ix_attacker_identities_created_at ON attacker_identities (created_at);
CREATE INDEX ix_attacker_identities_first_seen_at ON attacker_identities (first_seen_at);
CREATE INDEX ix_attacker_identities_kd_digraph_simhash ON attacker_identities (kd_digraph_simhash);
CREATE INDEX ix_attacker_identities_last_seen_at ON attacker_identities (last_seen_at);
CREATE INDEX ix_attacker_identities_merged_into_uuid ON attacker_identities (merged_into_uuid);
CREATE INDEX ix_attacker_identities_updated_at ON attacker_identities (updated_at);

CREATE TABLE attackers (
  uuid VARCHAR NOT NULL,
  ip VARCHAR NOT NULL,
  identity_id VARCHAR,
  first_seen DATETIME NOT NULL,
  last_seen DATETIME NOT NULL,
  event_count INTEGER NOT NULL,
  service_count INTEGER NOT NULL,
  decky_count INTEGER NOT NULL,
  services TEXT NOT NULL,
  deckies TEXT NOT NULL,
  traversal_path TEXT,
  is_traversal BOOLEAN NOT NULL,
  bounty_count INTEGER NOT NULL,
  credential_count INTEGER NOT NULL,
  fingerprints TEXT NOT NULL,
  commands TEXT NOT NULL,
  country_code VARCHAR(2),
  country_source VARCHAR(16),
  asn INTEGER,
  as_name VARCHAR(128),
  bgp_prefix VARCHAR(43),
  asn_source VARCHAR(16),
  rpki_status VARCHAR(16),
  rpki_source VARCHAR(16),
  ptr_record VARCHAR(256),
  rotation_count INTEGER NOT NULL,
  last_rotation_at DATETIME,
  ipv6_leak_count INTEGER NOT NULL,
  last_ipv6_leak_at DATETIME,
  last_ipv6_link_local VARCHAR(45),
  last_ipv6_iid_kind VARCHAR(16),
  last_ipv6_mac_oui VARCHAR(8),
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (uuid),
  FOREIGN KEY (identity_id) REFERENCES attacker_identities (uuid)
);
CREATE INDEX ix_attackers_asn ON attackers (asn);
CREATE INDEX ix_attackers_bgp_prefix ON attackers (bgp_prefix);
CREATE INDEX ix_attackers_country_code ON attackers (country_code);
CREATE INDEX ix_attackers_first_seen ON attackers (first_seen);
CREATE INDEX ix_attackers_identity_id ON attackers (identity_id);
CREATE INDEX ix_attackers_ip ON attackers (ip);
CREATE INDEX ix_attackers_last_ipv6_leak_at ON attackers (last_ipv6_leak_at);
CREATE INDEX ix_attackers_last_rotation_at ON attackers (last_rotation_at);
CREATE INDEX ix_attackers_last_seen ON attackers (last_seen);
CREATE INDEX ix_attackers_updated_at ON attackers (updated_at);

CREATE TABLE canary_blobs (
  uuid VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL,
  filename VARCHAR NOT NULL,
  content_type VARCHAR NOT NULL,
  size_bytes INTEGER NOT NULL,
  uploaded_by VARCHAR NOT NULL,
  uploaded_at DATETIME NOT NULL,
  PRIMARY KEY (uuid)
);
CREATE UNIQUE INDEX ix_canary_blobs_sha256 ON canary_blobs (sha256);
CREATE INDEX ix_canary_blobs_uploaded_by ON canary_blobs (uploaded_by);

CREATE TABLE canary_tokens (
  uuid VARCHAR NOT NULL,
  kind VARCHAR NOT NULL,
  decky_name VARCHAR NOT NULL,
  topology_id VARCHAR,
  blob_uuid VARCHAR,
  instrumenter VARCHAR,
  generator VARCHAR,
  placement_path VARCHAR NOT NULL,
  callback_token VARCHAR NOT NULL,
  secret_seed VARCHAR NOT NULL,
  placed_at DATETIME NOT NULL,
  last_triggered_at DATETIME,
  trigger_count INTEGER NOT NULL,
  created_by VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  last_error TEXT,
  fingerprint_nonce VARCHAR(16),
  PRIMARY KEY (uuid),
  FOREIGN KEY (blob_uuid) REFERENCES canary_blobs (uuid)
);
CREATE INDEX ix_canary_tokens_blob_uuid ON canary_tokens (blob_uuid);
CREATE UNIQUE INDEX ix_canary_tokens_callback_token ON canary_tokens (callback_token);
CREATE INDEX ix_canary_tokens_created_by ON canary_tokens (created_by);
CREATE INDEX ix_canary_tokens_decky ON canary_tokens (decky_name, state);
CREATE INDEX ix_canary_tokens_decky_name ON canary_tokens (decky_name);
CREATE INDEX ix_canary_tokens_kind ON canary_tokens (kind);
CREATE INDEX ix_canary_tokens_last_triggered_at ON canary_tokens (last_triggered_at);
CREATE INDEX ix_canary_tokens_state ON canary_tokens (state);
CREATE INDEX ix_canary_tokens_topology_id ON canary_tokens (topology_id);

CREATE TABLE canary_triggers (
  uuid VARCHAR NOT NULL,
  token_uuid VARCHAR NOT NULL,
  occurred_at DATETIME NOT NULL,
  src_ip VARCHAR NOT NULL,
  user_agent VARCHAR,
  request_path VARCHAR,
  dns_qname VARCHAR,
  raw_headers TEXT NOT NULL,
  attacker_id VARCHAR,
  PRIMARY KEY (uuid),
  FOREIGN KEY (token_uuid) REFERENCES canary_tokens (uuid)
);
CREATE INDEX ix_canary_triggers_attacker ON canary_triggers (attacker_id);
CREATE INDEX ix_canary_triggers_attacker_id ON canary_triggers (attacker_id);
CREATE INDEX ix_canary_triggers_src_ip ON canary_triggers (src_ip);
CREATE INDEX ix_canary_triggers_token_ts ON canary_triggers (token_uuid, occurred_at);
CREATE INDEX ix_canary_triggers_token_uuid ON canary_triggers (token_uuid);

CREATE TABLE attacker_intel (
  uuid VARCHAR NOT NULL,
  attacker_uuid VARCHAR NOT NULL,
  attacker_ip VARCHAR NOT NULL,
  schema_version INTEGER NOT NULL,
  greynoise_classification VARCHAR(32),
  greynoise_name VARCHAR(128),
  greynoise_tags JSON NOT NULL,
  greynoise_raw JSON NOT NULL,
  greynoise_queried_at DATETIME,
  abuseipdb_score INTEGER,
  abuseipdb_categories JSON NOT NULL,
  abuseipdb_raw JSON NOT NULL,
  abuseipdb_queried_at DATETIME,
  feodo_listed BOOLEAN,
  feodo_malware_family VARCHAR(64),
  feodo_raw JSON NOT NULL,
  feodo_queried_at DATETIME,
  threatfox_listed BOOLEAN,
  threatfox_threat_types JSON NOT NULL,
  threatfox_ioc_types JSON NOT NULL,
  threatfox_malware_families JSON NOT NULL,
  threatfox_raw JSON NOT NULL,
  threatfox_queried_at DATETIME,
  aggregate_verdict VARCHAR(32),
  cached_at DATETIME NOT NULL,
  expires_at DATETIME NOT NULL,
  PRIMARY KEY (uuid),
  FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);
CREATE INDEX ix_attacker_intel_aggregate_verdict ON attacker_intel (aggregate_verdict);
CREATE INDEX ix_attacker_intel_attacker_ip ON attacker_intel (attacker_ip);
CREATE UNIQUE INDEX ix_attacker_intel_attacker_uuid ON attacker_intel (attacker_uuid);
CREATE INDEX ix_attacker_intel_cached_at ON attacker_intel (cached_at);
CREATE INDEX ix_attacker_intel_expires_at ON attacker_intel (expires_at);

CREATE TABLE attacker_behavior (
  attacker_uuid VARCHAR NOT NULL,
  os_guess VARCHAR,
  hop_distance INTEGER,
  tcp_fingerprint TEXT NOT NULL,
  kex_order_raw TEXT,
  ssh_client_banners TEXT,
  retransmit_count INTEGER NOT NULL,
  behavior_class VARCHAR,
  beacon_interval_s FLOAT,
  beacon_jitter_pct FLOAT,
  tool_guesses VARCHAR,
  timing_stats TEXT NOT NULL,
  phase_sequence TEXT NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (attacker_uuid),
  FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);
CREATE INDEX ix_attacker_behavior_updated_at ON attacker_behavior (updated_at);

CREATE TABLE credentials (
  id INTEGER NOT NULL,
  attacker_ip VARCHAR NOT NULL,
  attacker_uuid VARCHAR,
  decky_name VARCHAR NOT NULL,
  service VARCHAR NOT NULL,
  principal VARCHAR(256),
  principal_key VARCHAR(256) NOT NULL,
  secret_kind VARCHAR(32) NOT NULL,
  secret_sha256 VARCHAR(64) NOT NULL,
  secret_b64 VARCHAR(2048),
  secret_printable VARCHAR(512),
  outcome VARCHAR(16),
  fields TEXT NOT NULL,
  first_seen DATETIME NOT NULL,
  last_seen DATETIME NOT NULL,
  attempt_count INTEGER NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT uq_credentials_dedup UNIQUE (
    attacker_ip, decky_name, service, secret_kind, secret_sha256, principal_key),
  FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid)
);
CREATE INDEX ix_credentials_attacker_ip ON credentials (attacker_ip);
CREATE INDEX ix_credentials_attacker_uuid ON credentials (attacker_uuid);
CREATE INDEX ix_credentials_decky_name ON credentials (decky_name);
CREATE INDEX ix_credentials_first_seen ON credentials (first_seen);
CREATE INDEX ix_credentials_last_seen ON credentials (last_seen);
CREATE INDEX ix_credentials_principal ON credentials (principal);
CREATE INDEX ix_credentials_principal_service ON credentials (principal, service);
CREATE INDEX ix_credentials_secret_kind ON credentials (secret_kind);
CREATE INDEX ix_credentials_secret_service ON credentials (secret_sha256, service);
CREATE INDEX ix_credentials_secret_sha256 ON credentials (secret_sha256);
CREATE INDEX ix_credentials_service ON credentials (service);

CREATE TABLE credential_reuse (
  id VARCHAR(36) NOT NULL,
  secret_sha256 VARCHAR(64) NOT NULL,
  secret_kind VARCHAR(32) NOT NULL,
  principal VARCHAR(256),
  principal_key VARCHAR(256) NOT NULL,
  attacker_uuids TEXT NOT NULL,
  attacker_ips TEXT NOT NULL,
  deckies TEXT NOT NULL,
  services TEXT NOT NULL,
  target_count INTEGER NOT NULL,
  attempt_count INTEGER NOT NULL,
  confidence FLOAT NOT NULL,
  first_seen DATETIME NOT NULL,
  last_seen DATETIME NOT NULL,
  updated_at DATETIME NOT NULL,
  PRIMARY KEY (id),
  CONSTRAINT uq_credential_reuse_secret_principal UNIQUE (secret_sha256, secret_kind, principal_key)
);
CREATE INDEX ix_credential_reuse_first_seen ON credential_reuse (first_seen);
CREATE INDEX ix_credential_reuse_last_seen ON credential_reuse (last_seen);
CREATE INDEX ix_credential_reuse_secret_kind ON credential_reuse (secret_kind);
CREATE INDEX ix_credential_reuse_secret_sha256 ON credential_reuse (secret_sha256);
CREATE INDEX ix_credential_reuse_target_count ON credential_reuse (target_count);
CREATE INDEX ix_credential_reuse_updated_at ON credential_reuse (updated_at);

CREATE TABLE ttp_tag (
  uuid VARCHAR NOT NULL,
  source_kind VARCHAR NOT NULL,
  source_id VARCHAR NOT NULL,
  attacker_uuid VARCHAR,
  identity_uuid VARCHAR,
  session_id VARCHAR,
  decky_id VARCHAR,
  tactic VARCHAR NOT NULL,
  technique_id VARCHAR NOT NULL,
  sub_technique_id VARCHAR,
  confidence FLOAT NOT NULL,
  rule_id VARCHAR NOT NULL,
  rule_version INTEGER NOT NULL,
  evidence JSON NOT NULL,
  attack_release VARCHAR NOT NULL,
  mitre_url VARCHAR,
  created_at DATETIME NOT NULL,
  PRIMARY KEY (uuid),
  CONSTRAINT ttp_tag_confidence_range CHECK (confidence >= 0.0 AND confidence <= 1.0),
  CONSTRAINT ttp_tag_has_anchor CHECK (attacker_uuid IS NOT NULL OR identity_uuid IS NOT NULL),
  FOREIGN KEY (attacker_uuid) REFERENCES attackers (uuid) ON DELETE CASCADE,
  FOREIGN KEY (identity_uuid) REFERENCES attacker_identities (uuid) ON DELETE CASCADE
);
CREATE INDEX ix_ttp_tag_attack_release ON ttp_tag (attack_release);
CREATE INDEX ix_ttp_tag_attacker_technique ON ttp_tag (attacker_uuid, technique_id);
CREATE INDEX ix_ttp_tag_attacker_uuid ON ttp_tag (attacker_uuid);
CREATE INDEX ix_ttp_tag_created_at ON ttp_tag (created_at);
CREATE INDEX ix_ttp_tag_decky_id ON ttp_tag (decky_id);
CREATE INDEX ix_ttp_tag_identity_technique ON ttp_tag (identity_uuid, technique_id);
CREATE INDEX ix_ttp_tag_identity_uuid ON ttp_tag (identity_uuid);
CREATE INDEX ix_ttp_tag_rule_id ON ttp_tag (rule_id);
CREATE INDEX ix_ttp_tag_session_id ON ttp_tag (session_id);
CREATE INDEX ix_ttp_tag_sub_technique_id ON ttp_tag (sub_technique_id);
CREATE INDEX ix_ttp_tag_tactic ON ttp_tag (tactic);
CREATE INDEX ix_ttp_tag_technique_created ON ttp_tag (technique_id, created_at);
CREATE INDEX ix_ttp_tag_technique_id ON ttp_tag (technique_id);

CREATE TABLE ttp_rule (
  rule_id VARCHAR NOT NULL,
  rule_version INTEGER NOT NULL,
  source_path VARCHAR NOT NULL,
  yaml_content TEXT NOT NULL,
  updated_at DATETIME NOT NULL,
  updated_by VARCHAR NOT NULL,
  PRIMARY KEY (rule_id)
);

CREATE TABLE ttp_rule_state (
  rule_id VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  confidence_max FLOAT,
  expires_at DATETIME,
  reason VARCHAR,
  set_by VARCHAR,
  set_at DATETIME NOT NULL,
  PRIMARY KEY (rule_id)
);

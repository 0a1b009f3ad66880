-- What was wrong with rule files when their directory was last mirrored into ttp_rule.
CREATE TABLE decnet_rule_problem (
  place INTEGER NOT NULL,
  path VARCHAR NOT NULL,
  line INTEGER NOT NULL,
  message VARCHAR NOT NULL,
  since DATETIME NOT NULL,
  PRIMARY KEY (place)
);

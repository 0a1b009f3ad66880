-- On how many events a rule's pattern ran out of its budget of steps, so that nobody knows whether
-- it matched them.
CREATE TABLE decnet_rule_budget (
  rule_id VARCHAR NOT NULL,
  events INTEGER NOT NULL,
  last_at DATETIME NOT NULL,
  PRIMARY KEY (rule_id)
);

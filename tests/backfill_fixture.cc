#include "tests/backfill_fixture.h"

#include <fmt/format.h>

#include <chrono>
#include <sstream>

#include "decnet/base/clock.h"
#include "decnet/storage/database.h"

namespace decnet::test {

BackfillTest::BackfillTest() {
  std::filesystem::create_directories(rules_);
  environment_ = {{"DECNET_DB_PATH", path_.string()},
                  {"DECNET_TTP_RULES_DIR", rules_.string()},
                  {"DECNET_SYSTEM_LOGS", (directory_.path() / "decnet.log").string()}};
}

void BackfillTest::create_database() const {
  const auto made = storage::init_sqlite(path_);
  ASSERT_TRUE(made) << made.error().message;
}

void BackfillTest::add_rule(const std::string& id, const std::string& kind,
                            const std::string& field, const std::string& pattern,
                            double confidence) const {
  directory_.write(fmt::format("rules/{}.yaml", id),
                   fmt::format(R"(rule_id: {}
rule_version: 1
name: rule_{}
description: made for a test
applies_to: [{}]
match:
  field: {}
  pattern: '{}'
emits:
  - technique_id: T1059
    tactic: TA0002
    confidence: {}
evidence_fields: [{}]
)",
                               id, id, kind, field, pattern, confidence, field));
}

void BackfillTest::add_rules_for_invented_history() const {
  add_rule("E0001", "command", "command_text", "/tmp/");
  add_rule("E0002", "command", "command_text", "(?:wget|curl|tftp) ");
  add_rule("E0003", "command", "command_text", "^(?:uname|whoami|id|ps|netstat)");
  add_rule("E0004", "command", "command_text", "crontab|authorized_keys|useradd|chpasswd");
  add_rule("E0005", "command", "command_text", "^cat /etc/passwd|perm -4000|history -c", 0.5);
  add_rule("E0006", "canary_fingerprint", "token_uuid", ".");
  add_rule("E0007", "canary_fingerprint", "src_ip", "[02468]$");
}

void BackfillTest::add_attacker(const std::string& uuid, const std::string& commands,
                                const std::string& identity) const {
  static int number = 0;
  database().insert("attackers", {{"uuid", uuid},
                                  {"ip", fmt::format("2001:db8::{:x}", ++number)},
                                  {"identity_id", identity},
                                  {"first_seen", sql_time_ago(7200)},
                                  {"last_seen", sql_time_ago(3600)},
                                  {"event_count", "0"},
                                  {"service_count", "1"},
                                  {"decky_count", "1"},
                                  {"services", "[]"},
                                  {"deckies", "[]"},
                                  {"is_traversal", "0"},
                                  {"bounty_count", "0"},
                                  {"credential_count", "0"},
                                  {"fingerprints", "[]"},
                                  {"commands", commands},
                                  {"rotation_count", "0"},
                                  {"ipv6_leak_count", "0"},
                                  {"updated_at", sql_time_ago(3600)}});
}

CommandLine BackfillTest::command(const std::vector<std::string>& options) const {
  CommandLine line{.arguments = {program().string(), "ttp-backfill"},
                   .environment = environment_,
                   .directory = directory_.path()};
  line.arguments.insert(line.arguments.end(), options.begin(), options.end());
  return line;
}

Finished BackfillTest::backfill(const std::vector<std::string>& options) const {
  return run(command(options));
}

void BackfillTest::use_shipped_rules() {
  environment_["DECNET_TTP_RULES_DIR"] = (source_dir() / "rules" / "ttp").string();
}

std::vector<SqlRow> BackfillTest::tags_of(const std::filesystem::path& path) {
  return SqliteFile(path).rows(
      "SELECT uuid, source_kind, source_id, attacker_uuid, identity_uuid, session_id, decky_id,"
      " tactic, technique_id, sub_technique_id, confidence, rule_id, rule_version, evidence,"
      " attack_release, mitre_url FROM ttp_tag ORDER BY uuid");
}

std::string value_in(const std::string& out, const std::string& head, const std::string& key) {
  std::istringstream lines(out);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(head)) continue;
    const auto at = line.find(key + "=");
    if (at == std::string::npos) return "";
    const auto begin = at + key.size() + 1;
    return line.substr(begin, line.find(' ', begin) - begin);
  }
  return "";
}

std::string sql_time_ago(std::int64_t seconds) {
  return to_sql_text(system_clock().now() - std::chrono::seconds(seconds));
}

}  // namespace decnet::test

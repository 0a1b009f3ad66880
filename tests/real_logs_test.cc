// Three real honeypot logs of 2017, 2018 and 2022 through the whole program; and the tags compared
// with what a slow matcher finds, one pattern of one rule file at a time.
#include <fmt/format.h>

#include <set>
#include <tuple>

#include "decnet/attack/catalogue.h"
#include "decnet/base/json.h"
#include "decnet/matching/evaluated_text.h"
#include "decnet/rules/loader.h"
#include "tests/backfill_fixture.h"
#include "tests/reference_matcher.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// source_id, rule, most specific technique.
using Finding = std::tuple<std::string, std::string, std::string>;

class RealLogs : public BackfillTest {
 protected:
  // A log that went quiet more than ten years ago is out of reach of `--since-days`: its attackers
  // are then seen again today. What they did, and when, stays.
  void keep_within_reach() const {
    database().run(fmt::format("UPDATE attackers SET last_seen = '{}' WHERE last_seen < '{}'",
                               sql_time_ago(60), sql_time_ago(std::int64_t{3640} * 86'400)));
  }

  // What was found in commands as they were typed; what only a shell's reading shows has a layer.
  std::set<Finding> stored() const {
    std::set<Finding> findings;
    for (const auto& row : database().rows(
             "SELECT source_id, rule_id, coalesce(sub_technique_id, technique_id) FROM ttp_tag "
             "WHERE source_kind = 'command' AND json_extract(evidence, '$.layer') IS NULL")) {
      findings.emplace(row[0], row[1], row[2]);
    }
    return findings;
  }

  // The same by reading every command and trying every rule, one after the other.
  std::set<Finding> found_slowly() const {
    struct Slow {
      rules::Definition definition;
      ReferencePattern pattern;
      std::vector<std::string> techniques;
    };
    std::vector<Slow> all;
    const auto catalogue = attack::Catalogue::built_in();
    for (auto& definition : rules::load_directory(source_dir() / "rules" / "ttp").rules) {
      const auto& kinds = definition.applies_to;
      if (!definition.is_pattern_rule() ||
          std::find(kinds.begin(), kinds.end(), "command") == kinds.end()) {
        continue;
      }
      // Other fields hold what a shell makes of the text.
      if (!definition.field.empty() && definition.field != "command_text") continue;
      std::vector<std::string> techniques;
      for (const auto& emit : definition.emits) {
        const auto place =
            attack::place(*catalogue, emit.technique_id, emit.sub_technique_id, emit.tactic);
        techniques.push_back(
            (place.sub_technique_id ? *place.sub_technique_id : place.technique_id).text());
      }
      ReferencePattern pattern(definition.pattern);
      all.push_back({std::move(definition), std::move(pattern), std::move(techniques)});
    }
    EXPECT_GE(all.size(), 20U);

    std::set<Finding> findings;
    for (const auto& row : database().rows("SELECT commands FROM attackers")) {
      const auto commands = Json::parse(row[0]).value();
      for (const auto& command : *commands.array()) {
        matching::EvaluatedText evaluated;
        matching::evaluated_text(*command.find("command_text")->string(), evaluated);
        for (const auto& rule : all) {
          if (!rule.pattern.find(evaluated.text)) continue;
          for (const auto& technique : rule.techniques) {
            findings.emplace(*command.find("id")->string(), rule.definition.id.text(), technique);
          }
        }
      }
    }
    return findings;
  }
};

TEST_F(RealLogs, AreTaggedAsTheSlowMatcherTagsThem) {
  DECNET_CORPUS_OR_SKIP(log_2017, "corpora/raw/cowrie-2017-10-07.json");
  DECNET_CORPUS_OR_SKIP(log_2018, "corpora/raw/cowrie-2018-06-16.json");
  DECNET_CORPUS_OR_SKIP(log_2022, "corpora/raw/cowrie-2022-07-17.json");
  use_shipped_rules();
  auto import = command({});
  import.arguments = {program().string(), "import",          "cowrie",
                      log_2017.string(),  log_2018.string(), log_2022.string()};
  const auto imported = run(import);
  ASSERT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(imported.out, HasSubstr("total files=3 "));
  keep_within_reach();

  const auto first = backfill({"--since-days", "3650"});
  ASSERT_EQ(first.exit_code, 0) << first.err;
  for (const auto* year : {"2017", "2018", "2022"}) {
    EXPECT_GT(database().number(fmt::format("SELECT count(*) FROM ttp_tag WHERE"
                                            " substr(json_extract(evidence, '$.ts'), 1, 4) = '{}'",
                                            year)),
              0)
        << year;
  }
  const auto fast = stored();
  const auto slow = found_slowly();
  EXPECT_GT(slow.size(), 50U);
  std::vector<Finding> only_fast;
  std::vector<Finding> only_slow;
  std::set_difference(fast.begin(), fast.end(), slow.begin(), slow.end(),
                      std::back_inserter(only_fast));
  std::set_difference(slow.begin(), slow.end(), fast.begin(), fast.end(),
                      std::back_inserter(only_slow));
  EXPECT_THAT(only_fast, IsEmpty());
  EXPECT_THAT(only_slow, IsEmpty());

  const auto second = backfill({"--since-days", "3650"});
  EXPECT_EQ(value_in(second.out, "source=command", "inserted"), "0");
  EXPECT_EQ(value_in(second.out, "source=canary", "inserted"), "0");
}

}  // namespace
}  // namespace decnet::test

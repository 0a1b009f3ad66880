// decnet ttp-summary, from the outside, over tags stored through the repository.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "decnet/base/json.h"
#include "decnet/storage/database.h"
#include "tests/process.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

using std::chrono::days;

struct Stored {
  std::string attacker;
  std::string tactic;
  std::string technique;  // most specific
  double confidence;
  days ago;
};

class Summary : public testing::Test {
 protected:
  void create() const { ASSERT_EQ(summary({}, "db").exit_code, 0); }

  void store(const std::vector<Stored>& all) const {
    auto database = storage::open_sqlite(path_, storage::OpenMode::kCreate);
    ASSERT_TRUE(database) << database.error().message;
    std::vector<Tag> tags;
    for (const auto& stored : all) {
      Tag tag;
      tag.uuid = "tag-" + std::to_string(tags.size());
      tag.source_kind = "command";
      tag.source_id = tag.uuid;
      tag.attacker_uuid = stored.attacker;
      tag.tactic = TacticId(stored.tactic);
      tag.technique_id = TechniqueId(stored.technique.substr(0, 5));
      if (stored.technique.size() > 5) tag.sub_technique_id = TechniqueId(stored.technique);
      tag.confidence = stored.confidence;
      tag.rule_id = RuleId("X0001");
      tag.rule_version = 1;
      tag.attack_release = "v19";
      tag.created_at = system_clock().now() - stored.ago;
      tags.push_back(tag);
    }
    const auto outcome = (*database)->repository().insert_tags(tags);
    ASSERT_TRUE(outcome) << outcome.error().message;
    ASSERT_EQ(outcome->inserted.size(), tags.size());
  }

  Finished summary(const std::vector<std::string>& words,
                   const std::string& command = "ttp-summary") const {
    std::vector<std::string> all = {command};
    if (command == "db") all.emplace_back("init");
    all.insert(all.end(), words.begin(), words.end());
    return decnet(directory_.path(), all);
  }

  // "technique tags attackers" of each row.
  std::vector<std::string> rows(std::vector<std::string> words = {}) const {
    words.emplace_back("--json");
    const auto answer = Json::parse(summary(words).out);
    if (!answer || answer->find("techniques") == nullptr) return {"no answer"};
    std::vector<std::string> out;
    for (const auto& row : *answer->find("techniques")->array()) {
      out.push_back(*row.find("technique")->string() + " " +
                    std::to_string(*row.find("tags")->integer()) + " " +
                    std::to_string(*row.find("attackers")->integer()));
    }
    return out;
  }

  TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "decnet.db";
};

const std::vector<Stored> kSome = {
    {"a1", "TA0040", "T1496", 0.9, days(1)},     {"a1", "TA0006", "T1003", 0.5, days(30)},
    {"a1", "TA0006", "T1110.001", 0.9, days(2)}, {"a2", "TA0006", "T1110.001", 0.7, days(20)},
    {"a1", "TA0043", "T1595", 0.4, days(1)},
};

TEST_F(Summary, StandsInTheOrderOfTheMatrixMostTagsFirst) {
  store(kSome);
  EXPECT_THAT(rows(), ElementsAre("T1595 1 1", "T1110.001 2 2", "T1003 1 1", "T1496 1 1"));
}

TEST_F(Summary, FiltersByTimeAttackerAndConfidence) {
  store(kSome);
  EXPECT_THAT(rows({"--since-days", "7"}), ElementsAre("T1595 1 1", "T1110.001 1 1", "T1496 1 1"));
  EXPECT_THAT(rows({"--attacker", "a2"}), ElementsAre("T1110.001 1 1"));
  EXPECT_THAT(rows({"--min-confidence=0.9"}), ElementsAre("T1110.001 1 1", "T1496 1 1"));
  EXPECT_THAT(rows({"-s1", "--attacker=a2"}), IsEmpty());
}

TEST_F(Summary, TheTableNamesThings) {
  store(kSome);
  const auto finished = summary({});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_THAT(finished.out, HasSubstr("Credential Access  T1110.001  Brute Force: Password "
                                      "Guessing"));
  EXPECT_THAT(finished.out, HasSubstr("████████████\n"));
  EXPECT_THAT(finished.out, HasSubstr("\n5 tags, 4 techniques, decnet.db\n"));
}

TEST_F(Summary, ATerminalGetsWhatFitsIt) {
  store(kSome);
  const auto shown = run({.arguments = {program().string(), "ttp-summary"},
                          .environment = {{"NO_COLOR", "1"}},
                          .directory = directory_.path(),
                          .terminal = true})
                         .out;
  EXPECT_THAT(shown, HasSubstr("T1110.001"));
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
}

TEST_F(Summary, IdsThatNobodyKnowsStayVisibleAndHarmless) {
  store({{"a1", "TA9999", "T9999", 0.9, days(1)}});
  const auto finished = summary({});
  EXPECT_THAT(finished.out, HasSubstr("TA9999"));
  EXPECT_THAT(finished.out, HasSubstr("T9999"));
  EXPECT_THAT(summary({"--json"}).out, HasSubstr("\"name\":null"));
}

TEST_F(Summary, AnEmptyDatabaseSaysWhatToDoNext) {
  create();
  EXPECT_EQ(summary({}).exit_code, 0);
  EXPECT_THAT(summary({}).out, HasSubstr("decnet.db holds no tags yet. `decnet import cowrie"));
  EXPECT_THAT(rows(), IsEmpty());
}

TEST_F(Summary, NothingLeftByTheFilterIsAnotherMatter) {
  store(kSome);
  EXPECT_EQ(summary({"--attacker", "nobody"}).out,
            "No tag in decnet.db is of that time, attacker and confidence.\n");
}

TEST_F(Summary, AMissingDatabaseIsNotCreated) {
  const auto finished = summary({});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_EQ(finished.err, "decnet ttp-summary: decnet.db: No such file or directory\n");
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

}  // namespace
}  // namespace decnet::test

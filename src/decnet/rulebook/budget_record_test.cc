#include "decnet/rulebook/budget_record.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "decnet/attack/catalogue.h"
#include "decnet/rules/reader.h"
#include "decnet/storage/database.h"
#include "tests/test_main.h"

namespace decnet::rulebook {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

// The look-ahead makes this pattern try every way to split a path, where no "!" follows.
constexpr std::string_view kCostly = R"(find /(?=(?:\w+/?)+!).*y)";

std::shared_ptr<const rules::RuleSet> rules_with(std::string_view pattern,
                                                 const rules::RuleSet* previous = nullptr) {
  std::vector<rules::Problem> problems;
  auto definition = rules::read_definition(
      fmt::format(
          "rule_id: R1\nrule_version: 1\nname: n\napplies_to: [command]\nmatch:\n"
          "  pattern: '{}'\nemits:\n- {{technique_id: T1059, tactic: TA0002, confidence: 1}}\n",
          pattern),
      "R1.yaml", problems);
  EXPECT_TRUE(definition) << (problems.empty() ? "" : problems[0].text());
  std::vector<std::shared_ptr<const rules::Definition>> all = {
      std::make_shared<const rules::Definition>(*std::move(definition))};
  return rules::RuleSet::compile(std::move(all), *attack::Catalogue::built_in(),
                                 {.previous = previous})
      .rules;
}

void exhaust(const rules::RuleSet& rules) {
  Event event;
  event.source_kind = "command";
  event.payload = Json::object({{"command_text", "find /" + std::string(300, 'a') + "? y !"}});
  EXPECT_THAT(rules.match(event), IsEmpty());
}

class BudgetRecordTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = directory_.path() / "decnet.db";
    ASSERT_TRUE(storage::init_sqlite(path));
    database_ = storage::open_sqlite(path, storage::OpenMode::kExisting).value();
  }
  // By rule, after another call of write().
  std::map<std::string, std::int64_t> written(const rules::RuleSet& rules) {
    EXPECT_TRUE(record_.write(rules, database_->rule_budgets()));
    std::map<std::string, std::int64_t> events;
    const auto rows = database_->rule_budgets().all().value();
    for (const auto& row : rows) {
      events.emplace(row.rule_id, row.events);
    }
    return events;
  }

  test::TempDir directory_;
  std::unique_ptr<storage::Database> database_;
  BudgetRecord record_{system_clock()};
};

TEST_F(BudgetRecordTest, WritesWhatIsNew) {
  const auto rules = rules_with(kCostly);
  EXPECT_THAT(written(*rules), IsEmpty());
  exhaust(*rules);
  exhaust(*rules);
  EXPECT_THAT(written(*rules), ElementsAre(Pair("R1", 2)));
  EXPECT_THAT(written(*rules), ElementsAre(Pair("R1", 2)));
  exhaust(*rules);
  EXPECT_THAT(written(*rules), ElementsAre(Pair("R1", 3)));
}

TEST_F(BudgetRecordTest, GoesOnAfterANewPattern) {
  const auto rules = rules_with(kCostly);
  exhaust(*rules);
  exhaust(*rules);
  EXPECT_THAT(written(*rules), ElementsAre(Pair("R1", 2)));
  const auto edited = rules_with(R"(find /(?=(?:\w+/?)+!).*yy?)", rules.get());
  exhaust(*edited);
  EXPECT_THAT(written(*edited), ElementsAre(Pair("R1", 3)));
}

TEST_F(BudgetRecordTest, ManyProcessesAddUp) {
  for (int i = 0; i < 2; ++i) {
    const auto rules = rules_with(kCostly);
    exhaust(*rules);
    record_ = BudgetRecord(system_clock());
    EXPECT_THAT(written(*rules), ElementsAre(Pair("R1", i + 1)));
  }
}

}  // namespace
}  // namespace decnet::rulebook

#include "decnet/rulestore/problem_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/log.h"

namespace decnet::rulestore {
namespace {

using log::Level;
using rules::Problem;
using testing::ElementsAre;
using testing::IsEmpty;

const Problem kBroken = {Problem::Severity::kError, "rules/a.yaml", 3, "not YAML"};
const Problem kOther = {Problem::Severity::kError, "rules/b.yaml", 0, "empty"};
const Problem kOdd = {Problem::Severity::kWarning, "rules/c.yaml", 9, "tests: expected a mapping"};

TEST(ProblemLog, TellsAProblemOnceWhileItLasts) {
  const log::Capture capture;
  ProblemLog problems("ttp.store.filesystem");
  problems.tell({kBroken, kOdd, kBroken});
  problems.tell({kBroken, kOdd});
  EXPECT_THAT(
      capture.records(),
      ElementsAre(log::Record{Level::kError, "ttp.store.filesystem", "rules/a.yaml:3: not YAML"},
                  log::Record{Level::kDebug, "ttp.store.filesystem",
                              "rules/c.yaml:9: tests: expected a mapping"}));
}

TEST(ProblemLog, TellsWhatIsNewOrBackAgain) {
  const log::Capture capture;
  ProblemLog problems("ttp.store.database");
  problems.tell({});
  EXPECT_THAT(capture.records(), IsEmpty());
  problems.tell({kBroken});
  problems.tell({kBroken, kOther});
  problems.tell({kOther});
  problems.tell({kOther, kBroken});
  std::vector<std::string> messages;
  for (const auto& record : capture.records()) {
    EXPECT_EQ(record.level, Level::kWarning);
    messages.push_back(record.message);
  }
  EXPECT_THAT(messages, ElementsAre("rules/a.yaml:3: not YAML", "rules/b.yaml: empty",
                                    "rules/a.yaml:3: not YAML"));
}

TEST(ProblemLog, TellsEveryoneOfTheFirstWarnings) {
  std::vector<Problem> many;
  for (int line = 1; line <= 13; ++line) {
    many.push_back({Problem::Severity::kWarning, "rules/a.yaml", line, "odd"});
  }
  const log::Capture capture;
  ProblemLog problems("ttp.index", ProblemLog::Warnings::kForEveryone);
  problems.tell(many);
  problems.tell(many);
  std::vector<std::string> told;
  for (const auto& record : capture.records()) {
    if (record.level == Level::kWarning) told.push_back(record.message);
  }
  ASSERT_EQ(told.size(), ProblemLog::kMaxWarnings + 1);
  EXPECT_EQ(told.front(), "rules/a.yaml:1: odd");
  EXPECT_THAT(told.back(), testing::StartsWith("and 3 more warnings"));
}

}  // namespace
}  // namespace decnet::rulestore

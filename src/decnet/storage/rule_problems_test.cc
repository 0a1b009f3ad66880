// The promises of RuleProblems, on every backend.
#include "decnet/storage/rule_problems.h"

#include <gmock/gmock.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

const UtcTime kNow = test::at("2026-03-04 10:06:00.123456");
const UtcTime kLater = test::at("2026-03-04 11:00:00");

class RuleProblemsContract : public test::StorageTest {
 protected:
  RuleProblems& problems() { return database_->rule_problems(); }
  // What a backend without a table keeps is nothing.
  void expect(std::vector<RuleProblem> kept) {
    if (!GetParam().has_own_tables) kept.clear();
    EXPECT_EQ(problems().all().value(), kept);
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, RuleProblemsContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(RuleProblemsContract, AreThoseOfTheLastTime) {
  EXPECT_THAT(problems().all().value(), IsEmpty());
  ASSERT_TRUE(problems().replace(
      std::vector<RuleProblem>{{"/r/b.yaml", 3, "not YAML", kNow}, {"/r/a.yaml", 0, "x", kNow}}));
  expect({{"/r/b.yaml", 3, "not YAML", kNow}, {"/r/a.yaml", 0, "x", kNow}});
  // What is still there has been there since then.
  ASSERT_TRUE(problems().replace(
      std::vector<RuleProblem>{{"/r/a.yaml", 0, "x", kLater}, {"/r/c.yaml", 1, "y", kLater}}));
  expect({{"/r/a.yaml", 0, "x", kNow}, {"/r/c.yaml", 1, "y", kLater}});
  ASSERT_TRUE(problems().replace({}));
  EXPECT_THAT(problems().all().value(), IsEmpty());
}

TEST_P(RuleProblemsContract, TheSameAgainWritesNothing) {
  const std::vector<RuleProblem> one = {{"/r/a.yaml", 0, "x", kNow}};
  ASSERT_TRUE(problems().replace(one));
  const auto mark = database_->rule_rows().mark().value();
  ASSERT_TRUE(problems().replace(std::vector<RuleProblem>{{"/r/a.yaml", 0, "x", kLater}}));
  EXPECT_EQ(database_->rule_rows().mark().value(), mark);
  expect(one);
}

TEST_P(RuleProblemsContract, OfVeryManyTheFirstAreKept) {
  const std::vector<RuleProblem> many(RuleProblem::kMaxKept + 1, {"/r/a.yaml", 0, "x", kNow});
  ASSERT_TRUE(problems().replace(many));
  const std::size_t kept = GetParam().has_own_tables ? many.size() - 1 : 0;
  EXPECT_THAT(problems().all().value(), SizeIs(kept));
}

}  // namespace
}  // namespace decnet::storage

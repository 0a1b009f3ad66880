// The promises of RuleBudgets, on every backend.
#include "decnet/storage/rule_budgets.h"

#include <gmock/gmock.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const UtcTime kNow = test::at("2026-03-04 10:06:00.123456");
const UtcTime kLater = test::at("2026-03-04 11:00:00");

class RuleBudgetsContract : public test::StorageTest {
 protected:
  RuleBudgets& budgets() { return database_->rule_budgets(); }
};

INSTANTIATE_TEST_SUITE_P(Backends, RuleBudgetsContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(RuleBudgetsContract, AddUp) {
  if (!GetParam().has_own_tables) GTEST_SKIP() << "nothing is kept there, see below";
  EXPECT_THAT(budgets().all().value(), IsEmpty());
  const ExhaustedBudget both[] = {{"R2", 3, kLater}, {"R1", 1, kNow}};
  ASSERT_TRUE(budgets().add(both));
  const ExhaustedBudget again[] = {{"R2", 4, kNow}};
  ASSERT_TRUE(budgets().add(again));
  EXPECT_THAT(budgets().all().value(),
              ElementsAre(ExhaustedBudget{"R1", 1, kNow}, ExhaustedBudget{"R2", 7, kLater}));
}

TEST_P(RuleBudgetsContract, AreNotKeptWhereTheyHaveNoTable) {
  database_.reset();
  if (GetParam().has_own_tables) store_->execute("DROP TABLE decnet_rule_budget");
  database_ = open();
  const ExhaustedBudget one[] = {{"R1", 1, kNow}};
  EXPECT_TRUE(budgets().add(one));
  EXPECT_THAT(budgets().all().value(), IsEmpty());
}

}  // namespace
}  // namespace decnet::storage

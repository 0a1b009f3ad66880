// The promises of RuleBudgets, on every backend.
#include "decnet/storage/rule_budgets.h"

#include <gmock/gmock.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::IsEmpty;

const UtcTime kNow = test::at("2026-03-04 10:06:00.123456");
const UtcTime kLater = test::at("2026-03-04 11:00:00");

class RuleBudgetsContract : public test::StorageTest {
 protected:
  RuleBudgets& budgets() { return database_->rule_budgets(); }
};

INSTANTIATE_TEST_SUITE_P(Backends, RuleBudgetsContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

// Where they have no table nothing is kept, and nothing is wrong.
TEST_P(RuleBudgetsContract, AddUp) {
  EXPECT_THAT(budgets().all().value(), IsEmpty());
  const ExhaustedBudget both[] = {{"R2", 3, kLater}, {"R1", 1, kNow}};
  ASSERT_TRUE(budgets().add(both));
  const ExhaustedBudget again[] = {{"R2", 4, kNow}};
  ASSERT_TRUE(budgets().add(again));
  std::vector<ExhaustedBudget> expected;
  if (GetParam().has_own_tables) expected = {{"R1", 1, kNow}, {"R2", 7, kLater}};
  EXPECT_EQ(budgets().all().value(), expected);
}

}  // namespace
}  // namespace decnet::storage

#include "decnet/matching/re2_search.h"

#include <gtest/gtest.h>

namespace decnet::matching {
namespace {

TEST(Re2Search, FindsTheLeftmostMatch) {
  const auto search = Re2Search::compile("b+?c|b+");
  ASSERT_TRUE(search);
  EXPECT_EQ(search->find("abbcbb"), (Span{1, 4}));
  EXPECT_EQ(search->find("aaa"), std::nullopt);
}

TEST(Re2Search, FindsEmptyMatches) {
  const auto search = Re2Search::compile("x*");
  ASSERT_TRUE(search);
  EXPECT_EQ(search->find(""), (Span{0, 0}));
  EXPECT_EQ(search->find("ax"), (Span{0, 0}));
}

}  // namespace
}  // namespace decnet::matching

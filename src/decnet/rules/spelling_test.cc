#include "decnet/rules/spelling.h"

#include <gtest/gtest.h>

namespace decnet::rules {
namespace {

TEST(Spelling, SeesSlips) {
  EXPECT_TRUE(is_close("comand", "command"));
  EXPECT_TRUE(is_close("commnad", "command"));
  EXPECT_TRUE(is_close("rule_verison", "rule_version"));
  EXPECT_TRUE(is_close("http-request", "http_request"));
  EXPECT_TRUE(is_close("mails", "mail"));
}

TEST(Spelling, LeavesOtherWordsAlone) {
  EXPECT_FALSE(is_close("command", "command"));
  EXPECT_FALSE(is_close("shell", "email"));
  EXPECT_FALSE(is_close("a", "b"));
  EXPECT_FALSE(is_close("", "a"));
  EXPECT_FALSE(is_close(std::string(10'000, 'a'), "a"));
}

}  // namespace
}  // namespace decnet::rules

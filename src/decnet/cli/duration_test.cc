#include "decnet/cli/duration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace decnet::cli {
namespace {

using namespace std::chrono_literals;

struct Written {
  std::string text;
  std::chrono::seconds meant;
};

class Durations : public testing::TestWithParam<Written> {};

TEST_P(Durations, AreRead) {
  const auto read = parse_duration(GetParam().text);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(*read, GetParam().meant);
}

INSTANTIATE_TEST_SUITE_P(, Durations,
                         testing::ValuesIn(std::vector<Written>{
                             {"90s", 90s},
                             {"30m", 30min},
                             {"4h", 4h},
                             {"2d", 48h},
                             {"1w", 168h},
                             {"1h30m", 90min},
                             {"1m1m", 2min},
                             {"0h5s", 5s},
                             {"3650d", kLongestDuration},
                         }),
                         [](const auto& row) { return row.param.text; });

TEST(Duration, WhatIsNoneIsToldHowToWriteIt) {
  for (const char* text :
       {"", "4", "h", "4 h", "4H", "-4h", "+4h", "1.5h", "4hours", "0s", "0d0s", "4h30", "3651d",
        "3650d1s", "99999999999999999999d", "9223372036854775807w", "\xff", " 4h"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
  EXPECT_EQ(parse_duration("\x1b[2J").error().message,
            "'\\x1b[2J' is no span of time: write 30m, 4h, 2d or 1h30m, at most 3650d");
}

}  // namespace
}  // namespace decnet::cli

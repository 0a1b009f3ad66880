#include "decnet/base/clock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet {
namespace {

struct Case {
  const char* name;
  const char* text;
  const char* sql;  // empty: not a time
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.text; }

class TimeText : public testing::TestWithParam<Case> {};

TEST_P(TimeText, IsRead) {
  const auto time = parse_time(GetParam().text);
  EXPECT_EQ(time ? to_sql_text(*time) : "", GetParam().sql);
}

INSTANTIATE_TEST_SUITE_P(
    Shapes, TimeText,
    testing::Values(
        Case{"Zulu", "2017-10-07T14:53:14.385817Z", "2017-10-07 14:53:14.385817"},
        Case{"NoFraction", "2026-04-25T06:23:30Z", "2026-04-25 06:23:30.000000"},
        Case{"Database", "2026-03-04 10:06:41.900000", "2026-03-04 10:06:41.900000"},
        Case{"Offset", "2026-03-04T10:05:58.120000+00:00", "2026-03-04 10:05:58.120000"},
        Case{"East", "2026-03-04T01:30:00+02:00", "2026-03-03 23:30:00.000000"},
        Case{"WestWithoutColon", "2026-03-03T23:30:00-0130", "2026-03-04 01:00:00.000000"},
        Case{"LongFraction", "2026-03-04T10:05:58.123456789Z", "2026-03-04 10:05:58.123456"},
        Case{"ShortFraction", "2026-03-04T10:05:58.5", "2026-03-04 10:05:58.500000"},
        Case{"LeapSecond", "2016-12-31T23:59:60Z", "2017-01-01 00:00:00.000000"},
        Case{"NoSuchDay", "2026-02-30T00:00:00Z", ""},
        Case{"NoSuchHour", "2026-02-20T24:00:00Z", ""},
        Case{"BeforeTheEpoch", "1969-12-31T23:59:59Z", ""},
        Case{"EmptyFraction", "2026-02-20T10:00:00.Z", ""},
        Case{"TrailingText", "2026-02-20T10:00:00Zz", ""}, Case{"Empty", "", ""},
        Case{"Words", "yesterday", ""}),
    [](const auto& case_info) { return case_info.param.name; });

TEST(TimeTextProperty, WhatIsWrittenReadsBack) {
  EXPECT_TRUE(rc::check([] {
    const auto micros = *rc::gen::inRange<std::int64_t>(0, 253'402'300'799'999'999);
    const UtcTime time{std::chrono::microseconds{micros}};
    RC_ASSERT(parse_time(to_sql_text(time)) == time);
    RC_ASSERT(parse_time(to_iso_text(time)) == time);
  }));
}

TEST(TimeTextProperty, AnyBytesAreSafe) {
  EXPECT_TRUE(rc::check([](const std::string& text) { (void)parse_time(text); }));
}

TEST(IsoText, OmitsAFractionThatIsZero) {
  EXPECT_EQ(to_iso_text(*parse_time("2026-04-25T06:23:30Z")), "2026-04-25T06:23:30+00:00");
  EXPECT_EQ(to_iso_text(*parse_time("2026-04-25T06:23:30.000001Z")),
            "2026-04-25T06:23:30.000001+00:00");
}

}  // namespace
}  // namespace decnet

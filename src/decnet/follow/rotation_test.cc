#include "decnet/follow/rotation.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "tests/test_main.h"

namespace decnet::follow {
namespace {

using testing::ElementsAreArray;

struct Case {
  const char* name;
  std::vector<std::string> by_time;  // rests of names, in the order of their times
  std::vector<std::string> order;    // oldest first
};

void PrintTo(const Case& each, std::ostream* out) { *out << each.name; }

class RotatedFilesOrder : public testing::TestWithParam<Case> {};

TEST_P(RotatedFilesOrder, IsThatOfNamesThenOfTimes) {
  const test::TempDir directory;
  timespec time{1'700'000'000, 0};
  for (const std::string& rest : GetParam().by_time) {
    const auto path = directory.write("log" + rest, rest);
    const timespec times[2] = {time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    ++time.tv_sec;
  }
  std::vector<std::string> order;
  for (const RotatedFile& file : rotated_files((directory.path() / "log").string())) {
    order.push_back(std::filesystem::path(file.path).filename().string().substr(3));
  }
  EXPECT_THAT(order, ElementsAreArray(GetParam().order));
}

INSTANTIATE_TEST_SUITE_P(
    Names, RotatedFilesOrder,
    testing::ValuesIn(std::vector<Case>{
        {"CountedDown", {".10", ".9.gz", ".2", ".1"}, {".10", ".9.gz", ".2", ".1"}},
        {"CountedDownWithAWrongClock", {".1", ".10", ".9.gz", ".2"}, {".10", ".9.gz", ".2", ".1"}},
        {"OfTwoTheSmallerIsYounger", {".1", ".2"}, {".2", ".1"}},
        {"CountedUp", {".1", ".2", ".3"}, {".1", ".2", ".3"}},
        {"Dates",
         {"-20240503", "-20240501.gz", "-20240502"},
         {"-20240501.gz", "-20240502", "-20240503"}},
        {"DatesWithDashes", {".2024-05-10", ".2024-05-09"}, {".2024-05-09", ".2024-05-10"}},
        {"DatesWithoutZeros", {".2024_5_10", ".2024_5_9"}, {".2024_5_9", ".2024_5_10"}},
        {"DatesInTwoSpellings", {".2024-05-02", ".20240501"}, {".20240501", ".2024-05-02"}},
        {"TimesOfDay", {"-20240501-1000", "-20240501-900"}, {"-20240501-900", "-20240501-1000"}},
        {"SecondsSince1970", {".1714521601", ".1714521600"}, {".1714521600", ".1714521601"}},
        {"SeveralOfADay", {".2024-05-01.10", ".2024-05-01.9"}, {".2024-05-01.9", ".2024-05-01.10"}},
        {"Years", {".2024", ".2025"}, {".2024", ".2025"}},
        {"Weeks", {".2024-W51", ".2024-W52", ".2025-W01"}, {".2024-W51", ".2024-W52", ".2025-W01"}},
        {"BeingCompressed", {".2", ".2.gz"}, {".2", ".2.gz"}},
        {"NoNumber", {".old", ".pos", "-copy"}, {".old", ".pos", "-copy"}},
        {"DaysBeforeMonths", {".02-06-2024", ".01-07-2024"}, {".02-06-2024", ".01-07-2024"}},
        {"NumbersBeyondAll",
         {".99999999999999999999999", ".1"},
         {".99999999999999999999999", ".1"}},
        {"KindsApart",
         {"-20240502", ".1", ".old", "-20240501", ".2"},
         {"-20240501", ".2", ".old", "-20240502", ".1"}},
    }),
    [](const auto& each) { return std::string(each.param.name); });

TEST(RotatedFiles, AreAtMostSoMany) {
  const test::TempDir directory(true);
  const std::string log = (directory.path() / "log").string();
  for (std::size_t i = kMaxRotated + 2; i-- > 0;) directory.write("log." + std::to_string(i), "");
  const auto files = rotated_files(log);
  ASSERT_EQ(files.size(), kMaxRotated);
  EXPECT_EQ(files.back().path, log + ".0");
}

}  // namespace
}  // namespace decnet::follow

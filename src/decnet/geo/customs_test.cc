#include "decnet/geo/customs.h"

#include <gtest/gtest.h>

#include <vector>

namespace decnet::geo {
namespace {

TEST(Customs, HoursBetweenAZoneAndACountry) {
  EXPECT_EQ(hours_away("Europe/Berlin", "DE"), 0);
  EXPECT_EQ(hours_away("Europe/Lisbon", "DE"), 1);
  EXPECT_EQ(hours_away("Asia/Shanghai", "DE"), 7);
  EXPECT_EQ(hours_away("Asia/Kolkata", "DE"), 4);   // four and a half
  EXPECT_EQ(hours_away("Asia/Calcutta", "IN"), 0);  // by its old name
  EXPECT_EQ(hours_away("Europe/Moscow", "RU"), 0);
  EXPECT_EQ(hours_away("America/New_York", "US"), 0);
  EXPECT_EQ(hours_away("Europe/London", "US"), 5);  // the nearest of its zones
  EXPECT_EQ(hours_away("Mars/Olympus", "DE"), std::nullopt);
  EXPECT_EQ(hours_away("Europe/Berlin", "XX"), std::nullopt);
  EXPECT_EQ(hours_away("", ""), std::nullopt);
}

TEST(Customs, LanguagesOfElsewhere) {
  const auto foreign = [](std::vector<std::string_view> languages, std::string_view country) {
    return is_foreign(languages, country);
  };
  EXPECT_EQ(foreign({"de-DE", "de"}, "DE"), false);
  EXPECT_EQ(foreign({"ru-RU", "en"}, "DE"), true);
  EXPECT_EQ(foreign({"ru-RU", "de"}, "DE"), false);
  EXPECT_EQ(foreign({"en-US", "ru"}, "DE"), false);
  EXPECT_EQ(foreign({"DE_ch"}, "CH"), false);
  EXPECT_EQ(foreign({"fr"}, "AU"), true);
  EXPECT_EQ(foreign({}, "DE"), std::nullopt);
  EXPECT_EQ(foreign({"ru"}, "XX"), std::nullopt);
}

}  // namespace
}  // namespace decnet::geo

#include "decnet/bus/unix/losses.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::bus {
namespace {

TEST(Losses, AddUpByName) {
  Losses losses;
  EXPECT_EQ(losses.to_json().dump(), "{}");
  losses.add("ttp", 3);
  losses.add("api", 0);
  losses.add("web \"1\"", 1);
  losses.add("ttp", 4);
  EXPECT_EQ(losses.to_json().dump(), R"({"ttp":7,"web \"1\"":1})");
}

TEST(Losses, OfMoreNamesThanAreToldApartAreOneSum) {
  Losses losses;
  losses.add("ttp", 1);
  for (int i = 0; i < 10'000; ++i) losses.add("name-" + std::to_string(i), 2);
  losses.add("ttp", 1);
  const Json json = losses.to_json();
  EXPECT_EQ(json.object()->size(), Losses::kMaxNames + 1);
  EXPECT_EQ(*json.find("ttp")->integer(), 2);
  std::int64_t sum = 0;
  for (const auto& [name, events] : *json.object()) sum += *events.integer();
  EXPECT_EQ(sum, 20'002);
  EXPECT_EQ(*json.find(Losses::kOthers)->integer(),
            2 * (10'000 - std::int64_t{Losses::kMaxNames} + 1));
}

}  // namespace
}  // namespace decnet::bus

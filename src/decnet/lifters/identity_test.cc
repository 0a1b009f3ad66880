#include <gtest/gtest.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

std::string spraying(std::string_view more) {
  return test::rule("R1", "[identity]",
                    fmt::format("{{kind: 'lifter:identity_password_spraying'{}}}", more));
}

std::vector<Tag> spray_tags(const std::string& rule, std::string_view payload, bool identity) {
  Event event = test::event("identity", test::json(payload));
  if (identity) event.identity_uuid = "identity-1";
  return test::lift("identity", *test::rule_set({rule}), event).tags;
}

TEST(Identity, ItsTagsAreTheIdentitysAlone) {
  const auto tags = spray_tags(spraying(", account_threshold: 3"),
                               R"({"shared_password_hash":"h","account_count":3})", true);
  ASSERT_EQ(tags.size(), 1U);
  EXPECT_EQ(tags[0].attacker_uuid, std::nullopt);
  EXPECT_EQ(tags[0].identity_uuid, "identity-1");
  EXPECT_EQ(tags[0].evidence.dump(), R"({"shared_password_hash":"h","account_count":3})");
}

TEST(Identity, FollowsTheTable) {
  const struct {
    std::string_view more;
    std::string_view payload;
    std::size_t tags;
  } rows[] = {
      {", account_threshold: 3", R"({"shared_password_hash":"h","account_count":2})", 0},
      {"", R"({"shared_password_hash":"h","account_count":1})", 1},
      {"", R"({"shared_password_hash":"h","account_count":0})", 0},
      {"", R"({"shared_password_hash":"","account_count":5})", 0},
      {"", R"({"shared_password_hash":5,"account_count":5})", 0},
      {"", R"({"shared_password_hash":"h","account_count":5.0})", 0},
      {", account_threshold: null", R"({"shared_password_hash":"h","account_count":5})", 0},
      {"", "{}", 0},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(spray_tags(spraying(row.more), row.payload, true).size(), row.tags) << row.payload;
  }
  // Without an identity there is nobody to say it of.
  EXPECT_EQ(
      spray_tags(spraying(""), R"({"shared_password_hash":"h","account_count":5})", false).size(),
      0U);
}

}  // namespace
}  // namespace decnet::lifters

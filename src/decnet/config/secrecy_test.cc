#include <gtest/gtest.h>

#include "decnet/config/config.h"

namespace decnet::config {
namespace {

struct Case {
  std::string name;
  std::string variable;
  std::string value;
  std::string expected;
};

class Shown : public testing::TestWithParam<Case> {};

TEST_P(Shown, WithoutSecrets) {
  const auto* variable = find_variable(GetParam().variable);
  ASSERT_NE(variable, nullptr);
  EXPECT_EQ(shown(*variable, GetParam().value), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    , Shown,
    testing::ValuesIn(std::vector<Case>{
        {"Open", "DECNET_DB_PATH", "a:b@c", "a:b@c"},
        {"Password", "DECNET_DB_PASSWORD", "hunter2", "***"},
        {"NoPassword", "DECNET_DB_PASSWORD", "", ""},
        {"Url", "DECNET_DB_URL", "mysql://u:hunter2@h:3306/d", "mysql://u:***@h:3306/d"},
        {"UrlWithoutPassword", "DECNET_DB_URL", "mysql://u@h:3306/d", "mysql://u@h:3306/d"},
        {"UrlWithoutUser", "DECNET_DB_URL", "mysql://h:3306/d", "mysql://h:3306/d"},
        {"UnencodedPassword", "DECNET_DB_URL", "mysql://u:a@b/c:d@h/d", "mysql://u:***@h/d"},
        {"WithoutScheme", "DECNET_DB_URL", "u:hunter2@h/d", "u:***@h/d"},
        {"Parameter", "DECNET_DB_URL", "postgresql://h/d?user=u&password=hunter2&sslmode=require",
         "postgresql://h/d?user=u&password=***&sslmode=require"},
    }),
    [](const auto& c) { return c.param.name; });

}  // namespace
}  // namespace decnet::config

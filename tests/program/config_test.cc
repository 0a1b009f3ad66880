// decnet config, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class ConfigCommand : public testing::Test {
 protected:
  // "value from origin" of one setting.
  std::string setting(const std::string& name,
                      const std::map<std::string, std::string>& environment = {}) const {
    const auto finished = decnet(directory_.path(), {"config", "--json"}, environment);
    const auto all = Json::parse(finished.out);
    if (!all || all->find(name) == nullptr) return finished.err;
    const auto text = [&](std::string_view key) {
      const auto* value = all->find(name)->find(key)->string();
      return value == nullptr ? std::string("null") : *value;
    };
    return text("value") + " from " + text("origin");
  }
  TempDir directory_;
};

TEST_F(ConfigCommand, EachSourceBeatsTheNext) {
  EXPECT_EQ(setting("DECNET_DB_PATH"), "decnet.db from default");
  directory_.write(".env", "# ours\nexport DECNET_DB_PATH='a b.db'\n");
  EXPECT_EQ(setting("DECNET_DB_PATH"), "a b.db from ./.env:2");
  directory_.write(".env.local", "DECNET_DB_PATH=local.db\n");
  EXPECT_EQ(setting("DECNET_DB_PATH"), "local.db from ./.env.local:1");
  const auto ini = directory_.write("x.ini", "[decnet]\ndb-path = ini.db ; ours\n").string();
  EXPECT_EQ(setting("DECNET_DB_PATH", {{"DECNET_CONFIG", ini}}), "ini.db from " + ini + ":2");
  EXPECT_EQ(setting("DECNET_DB_PATH", {{"DECNET_CONFIG", ini}, {"DECNET_DB_PATH", "env.db"}}),
            "env.db from environment");
}

TEST_F(ConfigCommand, AnOptionBeatsEverything) {
  const auto finished = decnet(directory_.path(), {"db", "check", "--db", "option.db"},
                               {{"DECNET_DB_PATH", "env.db"}});
  EXPECT_THAT(finished.err, HasSubstr("option.db: "));
}

TEST_F(ConfigCommand, SecretsAreMaskedInEveryForm) {
  const std::map<std::string, std::string> environment = {
      {"DECNET_DB_PASSWORD", "hunter2"}, {"DECNET_DB_URL", "mysql://u:hunter2@h/d"}};
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"config"}, {"config", "--json"}}) {
    const auto finished = decnet(directory_.path(), words, environment);
    EXPECT_THAT(finished.out + finished.err, Not(HasSubstr("hunter2")));
    EXPECT_THAT(finished.out, HasSubstr("mysql://u:***@h/d"));
  }
}

TEST_F(ConfigCommand, HostileValuesStayHarmlessText) {
  const std::map<std::string, std::string> environment = {{"DECNET_DB_PATH",
                                                           "\x1b[2J\xC2\x9B"
                                                           "1m\nx\xFF"}};
  EXPECT_THAT(decnet(directory_.path(), {"config"}, environment).out,
              HasSubstr("\\x1b[2J\\x9b1m\\nx\xEF\xBF\xBD"));
  const auto json = decnet(directory_.path(), {"config", "--json"}, environment).out;
  EXPECT_TRUE(Json::parse(json));
  EXPECT_EQ(json.find('\x1b'), std::string::npos);
}

TEST_F(ConfigCommand, UnknownKeysAreToldWithFileAndLine) {
  const auto ini = directory_.write("x.ini", "[database]\npasswort = x\n").string();
  const auto finished = decnet(directory_.path(), {"config"}, {{"DECNET_CONFIG", ini}});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, HasSubstr(ini + ":2: unknown key passwort in [database]"));
}

}  // namespace
}  // namespace decnet::test

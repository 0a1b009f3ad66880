#include "decnet/config/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/test_main.h"

namespace decnet::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A machine of its own: an INI file, an install root and a working directory.
class Configuration : public testing::Test {
 protected:
  Config::Sources sources(std::map<std::string, std::string> environment = {}) const {
    environment.try_emplace("DECNET_CONFIG", (machine_.path() / "decnet.ini").string());
    return {.environment = std::move(environment),
            .install_root = machine_.path() / "root",
            .working_directory = machine_.path() / "work"};
  }
  Config load(std::map<std::string, std::string> environment = {}) const {
    auto config = Config::load(sources(std::move(environment)));
    if (!config) {
      ADD_FAILURE() << config.error().message;
      std::abort();
    }
    return *std::move(config);
  }
  void ini(std::string_view text) const { machine_.write("decnet.ini", text); }
  std::string origin(const Config& config, std::string_view name) const {
    std::string text = config.get(name).value_or(Value{"", "unset"}).origin;
    const auto root = machine_.path().string() + "/";
    if (text.starts_with(root)) text.erase(0, root.size());
    return text;
  }

  test::TempDir machine_;
};

TEST_F(Configuration, EachSourceBeatsTheNext) {
  constexpr std::string_view kName = "DECNET_DB_PATH";
  EXPECT_EQ(load().text(kName), "decnet.db");
  EXPECT_EQ(origin(load(), kName), "default");

  const auto expect = [&](std::string_view value, std::string_view where) {
    EXPECT_EQ(load().text(kName), value);
    EXPECT_EQ(origin(load(), kName), where);
  };
  machine_.write("work/.env", "\nDECNET_DB_PATH=five\n");
  expect("five", "work/.env:2");
  machine_.write("work/.env.local", "DECNET_DB_PATH=four\n");
  expect("four", "work/.env.local:1");
  machine_.write("root/.env", "DECNET_DB_PATH=three\n");
  expect("three", "root/.env:1");
  machine_.write("root/.env.local", "DECNET_DB_PATH=two\n");
  expect("two", "root/.env.local:1");
  ini("[decnet]\n\ndb-path = one\n");
  expect("one", "decnet.ini:3");

  auto config = load({{"DECNET_DB_PATH", "zero"}});
  EXPECT_EQ(config.text(kName), "zero");
  EXPECT_EQ(origin(config, kName), "environment");
  config.override_with(kName, "option", "--db");
  EXPECT_EQ(config.text(kName), "option");
  EXPECT_EQ(origin(config, kName), "--db");
  EXPECT_EQ(config.database_path(), "option");
}

TEST_F(Configuration, AnEmptyValueHidesButMeansTheDefault) {
  machine_.write("work/.env", "DECNET_DB_PATH=env\n");
  const auto config = load({{"DECNET_DB_PATH", ""}});
  EXPECT_EQ(origin(config, "DECNET_DB_PATH"), "environment");
  EXPECT_EQ(config.database_path(), "decnet.db");
}

TEST_F(Configuration, OfANameTwiceInOneEnvFileTheLastCounts) {
  machine_.write("work/.env", "DECNET_DB_PATH=a\nDECNET_DB_PATH=b\n");
  EXPECT_EQ(load().text("DECNET_DB_PATH"), "b");
}

TEST_F(Configuration, SectionsOfTheIniFile) {
  ini("[decnet]\n"
      "mode = AGENT\n"
      "Disallow-Master = false\n"
      "[agent]\n"
      "system-logs = agent.log\n"
      "disallow-master = true\n"  // [decnet] said it before
      "[master]\n"
      "developer = true\n"
      "[database]\n"
      "url = mysql://u:p@h/d ; a comment\n"
      "[unheard-of]\n"
      "anything = goes\n");
  const auto config = load();
  EXPECT_THAT(config.warnings(), IsEmpty());
  EXPECT_EQ(config.text("DECNET_MODE"), "AGENT");
  EXPECT_EQ(config.text("DECNET_DISALLOW_MASTER"), "false");
  EXPECT_EQ(config.text("DECNET_SYSTEM_LOGS"), "agent.log");
  EXPECT_FALSE(config.is_true("DECNET_DEVELOPER"));
  EXPECT_EQ(config.text("DECNET_DB_URL"), "mysql://u:p@h/d");
}

TEST_F(Configuration, DomainSectionsMapTheirKeysAndWarnOfOthers) {
  ini("[database]\ntype = sqlite\nport = 3307\npassword = hunter2\n"
      "[logging]\nsystem-log = a.log\n[bus]\nsocket = /s\n[tracing]\nendpoint = x\n");
  const auto config = load();
  EXPECT_EQ(config.text("DECNET_DB_PORT"), "3307");
  EXPECT_EQ(config.text("DECNET_SYSTEM_LOGS"), "a.log");
  EXPECT_EQ(config.text("DECNET_DB_PASSWORD"), "");
  const auto path = (machine_.path() / "decnet.ini").string();
  EXPECT_THAT(config.warnings(), ElementsAre(path + ":4: unknown key password in [database]",
                                             path + ":10: unknown key endpoint in [tracing]"));
}

TEST_F(Configuration, AModeBesideAnIniFileIsAgentOrMaster) {
  ini("[decnet]\nmode = hybrid\n");
  EXPECT_EQ(Config::load(sources()).error().message,
            (machine_.path() / "decnet.ini").string() +
                ":2: [decnet] mode is 'hybrid'; it must be agent or master");
  EXPECT_THAT(Config::load(sources({{"DECNET_MODE", "other"}})).error().message,
              HasSubstr("DECNET_MODE in the environment is 'other'"));
  EXPECT_TRUE(Config::load(sources({{"DECNET_MODE", "Master"}})));
}

TEST_F(Configuration, WithoutAMainSectionAnyOtherModeIsAMaster) {
  EXPECT_TRUE(load({{"DECNET_MODE", "hybrid"}}).master_commands_allowed());
  ini("[database]\ntype = sqlite\n");
  EXPECT_TRUE(load({{"DECNET_MODE", "hybrid"}}).master_commands_allowed());
  ini("[decnet]\ndeveloper = false\n");
  EXPECT_FALSE(Config::load(sources({{"DECNET_MODE", "hybrid"}})));
}

TEST_F(Configuration, AMissingIniFileIsToldOnlyWhenItWasNamed) {
  EXPECT_THAT(load().warnings(), ElementsAre(HasSubstr("decnet.ini: No such file or directory")));
  EXPECT_THAT(load({{"DECNET_CONFIG", "/dev/null"}}).warnings(), IsEmpty());
  EXPECT_THAT(load({{"DECNET_CONFIG", ""}}).warnings(), IsEmpty());
}

TEST_F(Configuration, ADamagedOrUnreadableIniFileIsAnError) {
  ini("[decnet\n");
  EXPECT_THAT(Config::load(sources()).error().message, HasSubstr("decnet.ini:1: "));
  EXPECT_THAT(Config::load(sources({{"DECNET_CONFIG", machine_.path().string()}})).error().message,
              HasSubstr("is a directory"));
}

TEST_F(Configuration, BadLinesOfEnvFilesAreTold) {
  machine_.write("work/.env", "DECNET_MODE\nDECNET_DB_PATH=x\n");
  const auto config = load({{"DECNET_CONFIG", "/dev/null"}});
  EXPECT_EQ(config.text("DECNET_DB_PATH"), "x");
  EXPECT_THAT(config.warnings(), ElementsAre(HasSubstr("work/.env:1: not a NAME=value line")));
}

TEST_F(Configuration, TheIniFileIsNamedByTheEnvironmentAlone) {
  machine_.write("work/.env", "DECNET_CONFIG=other.ini\n");
  ini("[decnet]\nconfig = other.ini\n");
  EXPECT_EQ(origin(load(), "DECNET_CONFIG"), "environment");
  EXPECT_EQ(load().text("DECNET_CONFIG"), (machine_.path() / "decnet.ini").string());
}

struct GateCase {
  std::string name;
  std::string mode;
  std::string disallow;  // "-": unset
  bool allowed;
  bool doubted = false;
};

class Gate : public testing::TestWithParam<GateCase> {};

TEST_P(Gate, IsClosedOnAgentsByTheWordTrueAlone) {
  std::map<std::string, std::string> environment = {{"DECNET_CONFIG", "/dev/null"}};
  if (GetParam().mode != "-") environment["DECNET_MODE"] = GetParam().mode;
  if (GetParam().disallow != "-") environment["DECNET_DISALLOW_MASTER"] = GetParam().disallow;
  const auto config = Config::load({environment, {}, {}});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->master_commands_allowed(), GetParam().allowed);
  EXPECT_EQ(!config->warnings().empty(), GetParam().doubted);
}

INSTANTIATE_TEST_SUITE_P(, Gate,
                         testing::ValuesIn(std::vector<GateCase>{
                             {"Default", "-", "-", true},
                             {"Master", "master", "true", true},
                             {"Agent", "agent", "-", false},
                             {"AgentTrue", "agent", "true", false},
                             {"AgentAnyCase", "AGENT", "TRUE", false},
                             {"Hybrid", "agent", "false", true},
                             {"One", "agent", "1", true, true},
                             {"Yes", "agent", "yes", true, true},
                             {"Blank", "agent", " true", true, true},
                             {"Empty", "agent", "", true, true},
                             {"OtherMode", "agents", "true", true},
                         }),
                         [](const auto& c) { return c.param.name; });

TEST_F(Configuration, RulesAreNamedOrHereOrInstalled) {
  EXPECT_EQ(load().rules_directory(), machine_.path() / "root/share/decnet/rules/ttp");
  std::filesystem::create_directories(machine_.path() / "work/rules/ttp");
  EXPECT_EQ(load().rules_directory(), machine_.path() / "work/rules/ttp");
  EXPECT_EQ(load().text("DECNET_TTP_RULES_DIR"), (machine_.path() / "work/rules/ttp").string());
  EXPECT_EQ(load({{"DECNET_TTP_RULES_DIR", "mine"}}).rules_directory(), "mine");
  EXPECT_EQ(load({{"DECNET_TTP_RULES_DIR", ""}}).rules_directory(),
            machine_.path() / "work/rules/ttp");
}

TEST_F(Configuration, StatesAreNamedOrBesideTheDatabase) {
  EXPECT_EQ(load().state_directory(), "decnet.db.rules");
  EXPECT_EQ(load({{"DECNET_DB_PATH", "/srv/a.db"}}).state_directory(), "/srv/a.db.rules");
  EXPECT_EQ(load({{"DECNET_TTP_STATE_DIR", "mine"}}).state_directory(), "mine");
}

TEST_F(Configuration, WhatIsNoVariableOfOursIsNotKept) {
  machine_.write("work/.env", "DECNET_JWT_SECRET=x\nPATH=y\n");
  EXPECT_FALSE(load().get("DECNET_JWT_SECRET"));
  EXPECT_FALSE(load().get("PATH"));
  EXPECT_FALSE(load().get("DECNET_TTP_ATTACK_RELEASE"));
}

TEST_F(Configuration, NoBytesInTheFilesBreakIt) {
  EXPECT_TRUE(rc::check([this](const std::string& bytes) {
    ini("[decnet]\ndb-path=x" + bytes);
    machine_.write("work/.env", bytes);
    const auto config = Config::load(sources());
    if (config) {
      for (const auto& variable : variables()) (void)config->get(variable.name);
    } else {
      RC_ASSERT(!config.error().message.empty());
    }
  }));
}

}  // namespace
}  // namespace decnet::config

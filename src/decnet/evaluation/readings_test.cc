// Ids and tactics of two releases of ATT&CK, read as one.
#include "decnet/evaluation/readings.h"

#include <gtest/gtest.h>

#include "decnet/attack/catalogue.h"
#include "decnet/base/file.h"
#include "decnet/base/json.h"
#include "tests/test_main.h"

namespace decnet::evaluation {
namespace {

TEST(Readings, MeetUnderTheIdsOfTheNewerRelease) {
  EXPECT_EQ(canonical("T1562.001"), "T1685");
  EXPECT_EQ(canonical("T1070.002"), "T1685.006");
  EXPECT_EQ(canonical("T1059.004"), "T1059.004");
  EXPECT_EQ(canonical("nonsense"), "nonsense");
}

TEST(Readings, HaveTheTacticsOfTheOlderOne) {
  EXPECT_EQ(goals_of("T1059.004"), Goals({Goal::kExecution}));
  EXPECT_EQ(goals_of("T1685"), Goals({Goal::kDefenseEvasion})) << "Defense Impairment";
  EXPECT_EQ(goals_of("T1027"), Goals({Goal::kDefenseEvasion})) << "Stealth";
  EXPECT_EQ(goals_of("T1574.006"),
            Goals({Goal::kDefenseEvasion, Goal::kPersistence, Goal::kPrivilegeEscalation}));
  EXPECT_EQ(goals_of("T1059.999"), Goals({Goal::kExecution})) << "its parent's";
  EXPECT_EQ(goals_of("T0800"), Goals()) << "not Enterprise";
  EXPECT_EQ(goals_of("nonsense"), Goals());
}

TEST(Goals, AreASet) {
  Goals goals = {Goal::kImpact, Goal::kDiscovery};
  EXPECT_EQ(goals.size(), 2);
  EXPECT_EQ(goals.first(), Goal::kDiscovery);
  EXPECT_TRUE(goals.has(Goal::kImpact));
  EXPECT_FALSE(goals.meets({Goal::kExecution}));
  goals.add(Goal::kExecution);
  EXPECT_EQ(goals & Goals({Goal::kExecution, Goal::kPersistence}), Goals({Goal::kExecution}));
  EXPECT_TRUE(Goals().empty());
}

// The table of the program that scores from outside.
TEST(Readings, AgreeWithThePublishedTable) {
  DECNET_CORPUS_OR_SKIP(path, "eval/attack_v18_1.json");
  const Json table = Json::parse(read_file(path).value()).value();
  const auto listed = [&table](const std::string& id) {
    const Json* const added = table.find("v19")->find("new")->find(id);
    return added != nullptr ? added : table.find("techniques")->find(id);
  };
  for (const auto& technique : attack::Catalogue::built_in()->techniques()) {
    if (technique.revoked || technique.domain != "enterprise") continue;
    const Json* found = listed(technique.id);
    if (found == nullptr) found = listed(std::string(parent_of(technique.id)));
    Goals expected;
    if (found != nullptr) {
      for (const Json& name : *found->find("tactics")->array()) {
        const auto* const at = std::find(kGoalNames.begin(), kGoalNames.end(), *name.string());
        ASSERT_NE(at, kGoalNames.end()) << *name.string();
        expected.add(static_cast<Goal>(at - kGoalNames.begin()));
      }
    }
    EXPECT_EQ(goals_of(technique.id), expected) << technique.id;
  }
  for (const auto& [old, successor] : *table.find("v19")->find("revoked_by")->object()) {
    EXPECT_EQ(canonical(old), *successor.string());
  }
}

}  // namespace
}  // namespace decnet::evaluation

#include "decnet/attack/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "decnet/base/file.h"
#include "tests/test_main.h"

namespace decnet::attack {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::NotNull;

const Catalogue& built_in() {
  static const auto catalogue = Catalogue::built_in();
  return *catalogue;
}

std::vector<std::string> ids(const std::vector<const Group*>& groups) {
  std::vector<std::string> ids;
  for (const Group* group : groups) ids.push_back(group->id);
  return ids;
}

struct Fact {
  const char* id;
  const char* name;
  const char* url;
  std::vector<std::string> tactics;
};

class Facts : public testing::TestWithParam<Fact> {};

TEST_P(Facts, OfOneTechnique) {
  const Fact& fact = GetParam();
  const Technique* technique = built_in().technique(fact.id);
  ASSERT_THAT(technique, NotNull());
  EXPECT_EQ(technique->id, fact.id);
  EXPECT_EQ(built_in().name(fact.id), fact.name);
  EXPECT_EQ(technique->url, fact.url);
  EXPECT_EQ(technique->tactics, fact.tactics);
}

INSTANTIATE_TEST_SUITE_P(
    BuiltIn, Facts,
    testing::ValuesIn(std::vector<Fact>{
        {"T1110", "Brute Force", "https://attack.mitre.org/techniques/T1110", {"TA0006"}},
        {"T1110.003",
         "Brute Force: Password Spraying",
         "https://attack.mitre.org/techniques/T1110/003",
         {"TA0006"}},
        {"T1059.004",
         "Command and Scripting Interpreter: Unix Shell",
         "https://attack.mitre.org/techniques/T1059/004",
         {"TA0002"}},
        {"T1053.003",
         "Scheduled Task/Job: Cron",
         "https://attack.mitre.org/techniques/T1053/003",
         {"TA0002", "TA0003", "TA0004"}},
        {"T1685.004",
         "Disable or Modify Tools: Disable or Modify Linux Audit System Log",
         "https://attack.mitre.org/techniques/T1685/004",
         {"TA0112"}},
        {"T1562.001",  // revoked ids keep the name they had
         "Impair Defenses: Disable or Modify Tools",
         "https://attack.mitre.org/techniques/T1562/001",
         {"TA0005"}},
        {"T0806", "Brute Force I/O", "https://attack.mitre.org/techniques/T0806", {"TA0106"}},
    }),
    [](const auto& row) {
      std::string name = row.param.id;
      std::ranges::replace(name, '.', '_');
      return name;
    });

TEST(BuiltIn, IsV19) { EXPECT_EQ(built_in().release(), "v19"); }

TEST(BuiltIn, SplitsDefenseEvasion) {
  ASSERT_THAT(built_in().tactic("TA0005"), NotNull());
  EXPECT_EQ(built_in().tactic("TA0005")->name, "Stealth");
  ASSERT_THAT(built_in().tactic("TA0112"), NotNull());
  EXPECT_EQ(built_in().tactic("TA0112")->name, "Defense Impairment");
  EXPECT_EQ(built_in().tactic("defense-evasion"), nullptr);
}

TEST(BuiltIn, HasBothMatricesInTheirOrder) {
  std::vector<std::string> ids;
  for (const Tactic& tactic : built_in().tactics()) ids.push_back(tactic.id);
  EXPECT_THAT(ids, ElementsAre("TA0043", "TA0042", "TA0001", "TA0002", "TA0003", "TA0004", "TA0005",
                               "TA0112", "TA0006", "TA0007", "TA0008", "TA0009", "TA0011", "TA0010",
                               "TA0040",  // then ICS
                               "TA0108", "TA0104", "TA0110", "TA0111", "TA0103", "TA0102", "TA0109",
                               "TA0100", "TA0101", "TA0107", "TA0106", "TA0105"));
}

TEST(BuiltIn, FindsATacticByShortNameEnterpriseFirst) {
  ASSERT_THAT(built_in().tactic("credential-access"), NotNull());
  EXPECT_EQ(built_in().tactic("credential-access")->id, "TA0006");
  EXPECT_EQ(built_in().tactic("discovery")->id, "TA0007");  // in ICS it is TA0102
  EXPECT_EQ(built_in().tactic("evasion")->id, "TA0103");    // in ICS alone
}

TEST(BuiltIn, FollowsRevokedIds) {
  const Technique* revoked = built_in().technique("T1562");
  ASSERT_THAT(revoked, NotNull());
  EXPECT_TRUE(revoked->revoked);
  EXPECT_EQ(revoked->successor, "T1685");
  EXPECT_EQ(built_in().current("T1562")->id, "T1685");
  EXPECT_EQ(built_in().current("T1150")->id, "T1647");  // by way of T1547.011
  EXPECT_EQ(built_in().current("T1110.003")->id, "T1110.003");
}

TEST(BuiltIn, MarksWhatWasGivenUp) {
  const Technique* deprecated = built_in().technique("T1064");
  ASSERT_THAT(deprecated, NotNull());
  EXPECT_TRUE(deprecated->deprecated);
  EXPECT_FALSE(deprecated->revoked);
  EXPECT_EQ(built_in().current("T1064"), deprecated);
}

TEST(BuiltIn, KnowsWhichGroupsUseExactlyThisId) {
  const auto spraying = built_in().groups_using("T1110.003");
  EXPECT_THAT(ids(spraying), AllOf(IsSupersetOf({"G0007", "G0016"}), Not(IsEmpty())));
  EXPECT_TRUE(std::ranges::is_sorted(ids(spraying)));
  EXPECT_NE(ids(spraying), ids(built_in().groups_using("T1110")));  // not merged with its parent

  const auto apt29 = std::ranges::find(spraying, std::string("G0016"), &Group::id);
  EXPECT_EQ((*apt29)->name, "APT29");
  EXPECT_EQ((*apt29)->url, "https://attack.mitre.org/groups/G0016");
  EXPECT_THAT((*apt29)->aliases, IsSupersetOf({"APT29", "Cozy Bear", "Midnight Blizzard"}));
}

TEST(BuiltIn, IsWhole) {
  const auto techniques = built_in().techniques();
  EXPECT_GT(techniques.size(), 900U);
  EXPECT_TRUE(std::ranges::is_sorted(techniques, {}, &Technique::id));
  for (const Technique& technique : techniques) {
    SCOPED_TRACE(technique.id);
    EXPECT_EQ(built_in().technique(technique.id), &technique);
    EXPECT_FALSE(technique.name.empty());
    EXPECT_TRUE(technique.stix_id.starts_with("attack-pattern--"));
    EXPECT_TRUE(technique.domain == "enterprise" || technique.domain == "ics") << technique.domain;
    EXPECT_EQ(technique.parent.empty(), technique.id.find('.') == std::string::npos);
    if (!technique.parent.empty()) {
      EXPECT_THAT(built_in().technique(technique.parent), NotNull());
    }
    for (const std::string& id : technique.tactics) {
      const Tactic* tactic = built_in().tactic(id);
      ASSERT_THAT(tactic, NotNull());
      EXPECT_EQ(tactic->domain, technique.domain);
    }
    if (technique.domain == "enterprise") {
      EXPECT_THAT(technique.tactics, Not(IsEmpty()));
      const Technique* current = built_in().current(technique.id);
      EXPECT_FALSE(current->revoked) << current->id;
    }
  }
}

TEST(BuiltIn, KnowsNothingElse) {
  for (const char* id : {"", "T", "T9999", "T1110.", "T1110.0030", "t1110", "T1110 ", "G0016",
                         "TA0006", "\xff", "T1110/003"}) {
    SCOPED_TRACE(id);
    EXPECT_EQ(built_in().technique(id), nullptr);
    EXPECT_EQ(built_in().current(id), nullptr);
    EXPECT_EQ(built_in().name(id), "");
    EXPECT_THAT(built_in().groups_using(id), IsEmpty());
  }
  EXPECT_EQ(built_in().tactic("TA9999"), nullptr);
  EXPECT_EQ(built_in().tactic(""), nullptr);
}

TEST(BuiltIn, ComesWithMitresTerms) {
  const auto file = test::source_dir() / "src/decnet/attack/data/LICENSE-MITRE.txt";
  EXPECT_EQ(Catalogue::terms(), read_file(file).value());
  EXPECT_THAT(std::string(Catalogue::terms()),
              testing::HasSubstr("reproduced and distributed with the permission of The MITRE"));
}

TEST(BuiltIn, IsOneForAllThreads) {
  std::vector<const Catalogue*> seen(8, nullptr);
  {
    std::vector<std::jthread> threads;
    for (auto& slot : seen) threads.emplace_back([&] { slot = Catalogue::built_in().get(); });
  }
  EXPECT_THAT(seen, testing::Each(Catalogue::built_in().get()));
}

// What the shipped rules and the mappings of intelligence providers speak of.
TEST(BuiltIn, KnowsWhatTheRulesUse) {
  for (const char* id :
       {"T1003",     "T1003.008", "T1016",     "T1027",     "T1029",     "T1033",     "T1036",
        "T1036.005", "T1046",     "T1049",     "T1053",     "T1053.003", "T1056",     "T1059",
        "T1059.004", "T1070",     "T1070.003", "T1071",     "T1071.001", "T1071.003", "T1078",
        "T1078.001", "T1082",     "T1083",     "T1087",     "T1087.002", "T1090",     "T1098",
        "T1098.004", "T1105",     "T1110",     "T1110.001", "T1110.003", "T1110.004", "T1135",
        "T1136",     "T1136.001", "T1190",     "T1204",     "T1204.002", "T1213",     "T1482",
        "T1485",     "T1486",     "T1496",     "T1505",     "T1505.003", "T1548",     "T1548.001",
        "T1548.003", "T1552",     "T1552.001", "T1552.007", "T1557",     "T1557.001", "T1566",
        "T1566.001", "T1566.002", "T1566.003", "T1567",     "T1586",     "T1586.002", "T1588",
        "T1588.001", "T1588.002", "T1592",     "T1592.002", "T1595",     "T1595.002", "T1602",
        "T1602.002", "T1611"}) {
    SCOPED_TRACE(id);
    const Technique* technique = built_in().technique(id);
    ASSERT_THAT(technique, NotNull());
    EXPECT_FALSE(technique->revoked);
    EXPECT_FALSE(technique->deprecated);
  }
}

}  // namespace
}  // namespace decnet::attack

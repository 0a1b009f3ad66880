#include "decnet/attack/compact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace decnet::attack {
namespace {

using testing::ElementsAre;

TEST(Compact, ReadsEveryKindOfRow) {
  const auto read = read_compact(
      "release\tv1\n"
      "tactic\tTA0006\tenterprise\tcredential-access\tCredential Access\n"
      "\n"
      "technique\tT1043\tenterprise\tdeprecated\t\tuuid-1\tCommonly Used Port\n"
      "technique\tT1110\tenterprise\tcurrent\tTA0006,TA0007\tuuid-2\tBrute Force\n"
      "technique\tT1110.003\tenterprise\tT1110\tTA0006\tuuid-3\tPassword Spraying\n"
      "technique\tT1150\tenterprise\trevoked\tTA0006\tuuid-4\tPlist Modification\n"
      "group\tG0016\tT1110,T1110.003\tAPT29\tAPT29|Cozy Bear\n"
      "group\tG0017\t\tDragonOK\t");  // no line feed at the end, no use, no alias
  ASSERT_TRUE(read) << read.error().message;
  const Catalogue& catalogue = **read;

  EXPECT_EQ(catalogue.release(), "v1");
  EXPECT_EQ(catalogue.tactic("credential-access")->name, "Credential Access");
  EXPECT_EQ(catalogue.tactic("TA0006")->domain, "enterprise");

  EXPECT_TRUE(catalogue.technique("T1043")->deprecated);
  EXPECT_THAT(catalogue.technique("T1043")->tactics, ElementsAre());
  EXPECT_FALSE(catalogue.technique("T1110")->revoked);
  EXPECT_THAT(catalogue.technique("T1110")->tactics, ElementsAre("TA0006", "TA0007"));
  EXPECT_EQ(catalogue.technique("T1110")->stix_id, "attack-pattern--uuid-2");
  EXPECT_TRUE(catalogue.technique("T1110.003")->revoked);
  EXPECT_EQ(catalogue.technique("T1110.003")->successor, "T1110");
  EXPECT_EQ(catalogue.technique("T1110.003")->url, "https://attack.mitre.org/techniques/T1110/003");
  EXPECT_TRUE(catalogue.technique("T1150")->revoked);
  EXPECT_EQ(catalogue.technique("T1150")->successor, "");

  const auto groups = catalogue.groups_using("T1110.003");
  ASSERT_EQ(groups.size(), 1U);
  EXPECT_EQ(groups.front()->url, "https://attack.mitre.org/groups/G0016");
  EXPECT_THAT(groups.front()->aliases, ElementsAre("APT29", "Cozy Bear"));
}

struct Broken {
  const char* name;
  const char* text;
  const char* message;
};

class BrokenText : public testing::TestWithParam<Broken> {};

TEST_P(BrokenText, IsRefusedByLine) {
  const auto read = read_compact(GetParam().text);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    , BrokenText,
    testing::ValuesIn(std::vector<Broken>{
        {"Empty", "", "line 1: no release"},
        {"NoRelease", "tactic\tTA0006\tics\ta\tA\n", "line 1: no release before it"},
        {"OtherKind", "release\tv1\n\nmalware\tS0154\n", "line 3: is no row of a catalogue"},
        {"TooFewFields", "release\tv1\ntactic\tTA0006\n", "line 2: is no row of a catalogue"},
        {"TooManyFields", "release\tv1\textra\n", "line 1: is no row of a catalogue"},
        {"TacticId", "release\tv1\ntactic\tT0006\tics\ta\tA\n", "line 2: is no row of a catalogue"},
        {"TechniqueId", "release\tv1\ntechnique\tT1.1\tics\tcurrent\t\tu\tA\n",
         "line 2: is no row of a catalogue"},
        {"State", "release\tv1\ntechnique\tT0800\tics\tlost\t\tu\tA\n",
         "line 2: is no row of a catalogue"},
        {"GroupId", "release\tv1\ngroup\tS0154\t\tA\t\n", "line 2: is no row of a catalogue"},
    }),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Compact, CutAnywhereIsReadOrRefused) {
  constexpr std::string_view kText =
      "release\tv1\n"
      "tactic\tTA0006\tenterprise\tcredential-access\tCredential Access\n"
      "technique\tT1110.003\tenterprise\tT1110\tTA0006\tuuid-3\tPassword Spraying\n"
      "group\tG0016\tT1110,T1110.003\tAPT29\tAPT29|Cozy Bear\n";
  for (std::size_t begin = 0; begin < kText.size(); ++begin) {
    for (std::size_t length = 0; length <= kText.size() - begin; ++length) {
      const auto read = read_compact(kText.substr(begin, length));
      if (!read) {
        ASSERT_THAT(read.error().message, testing::StartsWith("line "));
      }
    }
  }
}

}  // namespace
}  // namespace decnet::attack

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/attack/builder.h"
#include "decnet/attack/catalogue.h"

namespace decnet::attack {
namespace {

struct Ids {
  const char* technique;
  const char* sub_technique;  // "" for none
  const char* tactic;
};

struct Case {
  const char* name;
  Ids written;  // by a rule
  Ids stored;
};

std::string case_name(const testing::TestParamInfo<Case>& info) { return info.param.name; }

std::optional<TechniqueId> id_or_none(std::string_view text) {
  return text.empty() ? std::nullopt : std::optional(TechniqueId(text));
}

// Under the built-in release, so that the cases are those of rule files written for older ones.
class Placed : public testing::TestWithParam<Case> {
 protected:
  static Placement placed() {
    const Ids& written = GetParam().written;
    return place(*Catalogue::built_in(), TechniqueId(written.technique),
                 id_or_none(written.sub_technique), TacticId(written.tactic));
  }
  static void expect_stored(const Placement& placed) {
    const Ids& stored = GetParam().stored;
    EXPECT_EQ(placed.technique_id, TechniqueId(stored.technique));
    EXPECT_EQ(placed.sub_technique_id, id_or_none(stored.sub_technique));
    EXPECT_EQ(placed.tactic, TacticId(stored.tactic));
  }
  static std::string url_of_stored() {
    const Ids& stored = GetParam().stored;
    const std::string_view id = *stored.sub_technique ? stored.sub_technique : stored.technique;
    const Technique* technique = Catalogue::built_in()->technique(id);
    return technique == nullptr ? "" : technique->url;
  }
};

class Known : public Placed {};
class Revoked : public Placed {};
class Unknown : public Placed {};

TEST_P(Known, IsStoredAsItIs) {
  const Placement got = placed();
  expect_stored(got);
  EXPECT_TRUE(got.known);
  EXPECT_FALSE(got.succeeded);
  EXPECT_EQ(got.mitre_url, url_of_stored());
}

INSTANTIATE_TEST_SUITE_P(
    , Known,
    testing::ValuesIn(std::vector<Case>{
        {"Technique", {"T1110", "", "TA0006"}, {"T1110", "", "TA0006"}},
        {"SubTechnique", {"T1110", "T1110.003", "TA0006"}, {"T1110", "T1110.003", "TA0006"}},
        {"SubTechniqueAlone", {"T1110.003", "", "TA0006"}, {"T1110", "T1110.003", "TA0006"}},
        {"ParentFromTheMatrix", {"T1059", "T1110.003", "TA0006"}, {"T1110", "T1110.003", "TA0006"}},
        {"TacticNotItsOwn", {"T1029", "", "TA0011"}, {"T1029", "", "TA0011"}},
        {"Deprecated", {"T1064", "", "TA0002"}, {"T1064", "", "TA0002"}},
        {"Ics", {"T0806", "", "TA0106"}, {"T0806", "", "TA0106"}},
    }),
    case_name);

TEST_P(Revoked, IsStoredAsItsSuccessor) {
  const Placement got = placed();
  expect_stored(got);
  EXPECT_TRUE(got.known);
  EXPECT_TRUE(got.succeeded);
  EXPECT_TRUE(got.tactic_known);
  EXPECT_TRUE(got.tactic_listed);
  EXPECT_EQ(got.mitre_url, url_of_stored());
}

INSTANTIATE_TEST_SUITE_P(
    , Revoked,
    testing::ValuesIn(std::vector<Case>{
        {"TechniqueByTechnique", {"T1562", "", "TA0005"}, {"T1685", "", "TA0112"}},
        {"TechniqueBySub", {"T1086", "", "TA0002"}, {"T1059", "T1059.001", "TA0002"}},
        {"SubByTechnique", {"T1562", "T1562.004", "TA0005"}, {"T1686", "", "TA0112"}},
        {"SubBySub", {"T1562", "T1562.012", "TA0005"}, {"T1685", "T1685.004", "TA0112"}},
        {"SubOfALivingParent", {"T1070", "T1070.002", "TA0005"}, {"T1685", "T1685.006", "TA0112"}},
        {"KeepsATacticOfBoth", {"T1053", "T1053.001", "TA0004"}, {"T1053", "T1053.002", "TA0004"}},
        {"ThroughAChain", {"T1150", "", "TA0003"}, {"T1647", "", "TA0112"}},
    }),
    case_name);

TEST_P(Unknown, IsStoredAsWritten) {
  const Placement got = placed();
  expect_stored(got);
  EXPECT_FALSE(got.known);
  EXPECT_FALSE(got.succeeded);
  EXPECT_FALSE(got.tactic_listed);
  EXPECT_EQ(got.mitre_url, std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    , Unknown,
    testing::ValuesIn(std::vector<Case>{
        {"Technique", {"T9999", "", "TA0002"}, {"T9999", "", "TA0002"}},
        {"SubOfAKnown", {"T1110", "T1110.099", "TA0006"}, {"T1110", "T1110.099", "TA0006"}},
        {"SubOfARevoked", {"T1562", "T1562.099", "TA0005"}, {"T1562", "T1562.099", "TA0005"}},
        {"Nothing", {"", "", ""}, {"", "", ""}},
    }),
    case_name);

struct TacticCase {
  const char* name;
  const char* technique;
  const char* tactic;
  bool known;
  bool listed;
};

class TacticOfARule : public testing::TestWithParam<TacticCase> {};

TEST_P(TacticOfARule, IsKeptAndJudged) {
  const TacticCase& c = GetParam();
  const Placement got =
      place(*Catalogue::built_in(), TechniqueId(c.technique), std::nullopt, TacticId(c.tactic));
  EXPECT_EQ(got.tactic, TacticId(c.tactic));
  EXPECT_EQ(got.tactic_known, c.known);
  EXPECT_EQ(got.tactic_listed, c.listed);
}

INSTANTIATE_TEST_SUITE_P(, TacticOfARule,
                         testing::ValuesIn(std::vector<TacticCase>{
                             {"ItsOwn", "T1029", "TA0010", true, true},
                             {"AnotherOfTheMatrix", "T1029", "TA0011", true, false},
                             {"OfNoMatrix", "T1029", "TA9999", false, false},
                             {"AShortNameIsNoId", "T1029", "exfiltration", false, false},
                             {"Empty", "T1029", "", false, false},
                         }),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Place, AnEmptySubTechniqueIsNone) {
  const auto got =
      place(*Catalogue::built_in(), TechniqueId("T1110"), TechniqueId(""), TacticId("TA0006"));
  EXPECT_EQ(got.technique_id, TechniqueId("T1110"));
  EXPECT_EQ(got.sub_technique_id, std::nullopt);
  EXPECT_TRUE(got.known);
}

Technique bare(const char* id, bool revoked, const char* successor) {
  Technique technique;
  technique.id = id;
  technique.revoked = revoked;
  technique.successor = successor;
  return technique;
}

TEST(Place, ASuccessorWithoutTacticsTakesTheRules) {
  CatalogueBuilder builder("v1");
  builder.add(bare("T0001", true, "T0002"));
  builder.add(bare("T0002", false, ""));
  const auto got =
      place(*std::move(builder).build(), TechniqueId("T0001"), std::nullopt, TacticId("TA0006"));
  EXPECT_EQ(got.technique_id, TechniqueId("T0002"));
  EXPECT_EQ(got.tactic, TacticId("TA0006"));
  EXPECT_FALSE(got.tactic_listed);
  EXPECT_EQ(got.mitre_url, std::nullopt);
}

TEST(Place, ARevokedIdWithoutSuccessorIsKept) {
  CatalogueBuilder builder("v1");
  builder.add(bare("T0001", true, ""));
  builder.add(bare("T0002", true, "T0003"));  // which is not in the catalogue
  const auto catalogue = std::move(builder).build();
  for (const char* id : {"T0001", "T0002"}) {
    const auto got = place(*catalogue, TechniqueId(id), std::nullopt, TacticId("TA0006"));
    EXPECT_EQ(got.technique_id, TechniqueId(id));
    EXPECT_TRUE(got.known);
    EXPECT_FALSE(got.succeeded);
  }
}

}  // namespace
}  // namespace decnet::attack

#include "decnet/attack/builder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck.h>

namespace decnet::attack {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

Technique technique(std::string id, std::string name = "") {
  Technique technique;
  technique.id = std::move(id);
  technique.name = std::move(name);
  return technique;
}

Technique revoked(std::string id, std::string successor) {
  Technique revoked = technique(std::move(id));
  revoked.revoked = true;
  revoked.successor = std::move(successor);
  return revoked;
}

Group group(std::string id, std::string name = "") {
  Group group;
  group.id = std::move(id);
  group.name = std::move(name);
  return group;
}

Tactic tactic(std::string id, std::string domain) {
  Tactic tactic;
  tactic.id = std::move(id);
  tactic.domain = std::move(domain);
  return tactic;
}

struct IdCase {
  const char* name;
  const char* text;
  bool technique, tactic, group;
};

class Ids : public testing::TestWithParam<IdCase> {};

TEST_P(Ids, AreToldApart) {
  EXPECT_EQ(is_technique_id(GetParam().text), GetParam().technique);
  EXPECT_EQ(is_tactic_id(GetParam().text), GetParam().tactic);
  EXPECT_EQ(is_group_id(GetParam().text), GetParam().group);
}

INSTANTIATE_TEST_SUITE_P(, Ids,
                         testing::ValuesIn(std::vector<IdCase>{
                             {"Technique", "T1110", true, false, false},
                             {"SubTechnique", "T1110.003", true, false, false},
                             {"Tactic", "TA0006", false, true, false},
                             {"Group", "G0016", false, false, true},
                             {"Empty", "", false, false, false},
                             {"LetterAlone", "T", false, false, false},
                             {"TooShort", "T111", false, false, false},
                             {"TooLong", "T111011", false, false, false},
                             {"EmptySub", "T1110.", false, false, false},
                             {"ShortSub", "T1110.03", false, false, false},
                             {"LongSub", "T1110.0030", false, false, false},
                             {"TwoSubs", "T1110.003.001", false, false, false},
                             {"LowerCase", "t1110", false, false, false},
                             {"Blank", "T1110 ", false, false, false},
                             {"LineFeed", "T1110\n", false, false, false},
                             {"Software", "S0154", false, false, false},
                             {"TacticWithSub", "TA0006.001", false, false, false},
                         }),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(Builder, SortsWhatComesInAnyOrder) {
  CatalogueBuilder builder("v1");
  builder.add_use("G0002", "T0001");
  builder.add(technique("T0002"));
  builder.add(technique("T0001.001"));
  builder.add(technique("T0001"));
  builder.add(group("G0002"));
  builder.add(group("G0001"));
  builder.add_use("G0001", "T0001");
  const auto catalogue = std::move(builder).build();

  std::vector<std::string> ids;
  for (const Technique& each : catalogue->techniques()) ids.push_back(each.id);
  EXPECT_THAT(ids, ElementsAre("T0001", "T0001.001", "T0002"));
  const auto groups = catalogue->groups_using("T0001");
  ASSERT_THAT(groups, SizeIs(2));
  EXPECT_EQ(groups[0]->id, "G0001");
  EXPECT_EQ(groups[1]->id, "G0002");
  EXPECT_EQ(catalogue->technique("T0001.001")->parent, "T0001");
}

TEST(Builder, PutsEnterpriseTacticsFirstAndKeepsTheirOrder) {
  CatalogueBuilder builder("v1");
  builder.add(tactic("TA0003", "mobile"));
  builder.add(tactic("TA0004", "ics"));
  builder.add(tactic("TA0002", "enterprise"));
  builder.add(tactic("TA0001", "enterprise"));
  builder.add(tactic("TA0002", "ics"));  // known already
  std::vector<std::string> ids;
  const auto catalogue = std::move(builder).build();
  for (const Tactic& each : catalogue->tactics()) ids.push_back(each.id);
  EXPECT_THAT(ids, ElementsAre("TA0002", "TA0001", "TA0004", "TA0003"));
}

TEST(Builder, OfTwoWithOneIdTakesTheCurrentThenTheFirst) {
  CatalogueBuilder builder("v1");
  builder.add(revoked("T0001", "T0002"));
  builder.add(technique("T0001", "current"));
  builder.add(technique("T0001", "later"));
  builder.add(group("G0001", "first"));
  builder.add(group("G0001", "later"));
  builder.add_use("G0001", "T0001");
  builder.add_use("G0001", "T0001");
  const auto catalogue = std::move(builder).build();
  EXPECT_THAT(catalogue->techniques(), SizeIs(1));
  EXPECT_EQ(catalogue->technique("T0001")->name, "current");
  ASSERT_THAT(catalogue->groups_using("T0001"), SizeIs(1));
  EXPECT_EQ(catalogue->groups_using("T0001").front()->name, "first");
}

TEST(Builder, LeavesOutUsesOfAndByTheUnknown) {
  CatalogueBuilder builder("v1");
  builder.add(technique("T0001"));
  builder.add(group("G0001"));
  builder.add_use("G0001", "T0002");
  builder.add_use("G0002", "T0001");
  builder.add_use("", "");
  const auto catalogue = std::move(builder).build();
  EXPECT_THAT(catalogue->groups_using("T0001"), IsEmpty());
  EXPECT_THAT(catalogue->groups_using(""), IsEmpty());
}

TEST(Builder, EndsAChainAtTheLastKnown) {
  CatalogueBuilder builder("v1");
  builder.add(revoked("T0001", "T0002"));
  builder.add(revoked("T0002", "T0003"));
  builder.add(revoked("T0003", "T0004"));  // which nobody knows
  const auto catalogue = std::move(builder).build();
  EXPECT_EQ(catalogue->current("T0001")->id, "T0003");
}

TEST(Builder, CutsRings) {
  CatalogueBuilder builder("v1");
  builder.add(revoked("T0001", "T0001"));
  builder.add(revoked("T0002", "T0003"));
  builder.add(revoked("T0003", "T0004"));
  builder.add(revoked("T0004", "T0003"));
  const auto catalogue = std::move(builder).build();
  EXPECT_EQ(catalogue->current("T0001")->id, "T0001");
  EXPECT_EQ(catalogue->current("T0002")->id, "T0004");  // the last before the repeat
  EXPECT_EQ(catalogue->current("T0003")->id, "T0004");
  EXPECT_EQ(catalogue->current("T0004")->id, "T0004");
}

TEST(Builder, EndsEveryWalkWhateverRevokesWhat) {
  EXPECT_TRUE(rc::check([](const std::vector<std::uint8_t>& successors) {
    const auto id = [](std::size_t n) { return "T" + std::to_string(1000 + n); };
    CatalogueBuilder builder("v1");
    for (std::size_t i = 0; i < successors.size(); ++i) {
      builder.add(revoked(id(i), id(successors[i] % (successors.size() + 1))));
    }
    const auto catalogue = std::move(builder).build();
    for (std::size_t i = 0; i < successors.size(); ++i) {
      const Technique* end = catalogue->current(id(i));
      RC_ASSERT(end != nullptr);
      RC_ASSERT(catalogue->current(end->id) == end);  // and where it ends, it stays
    }
  }));
}

}  // namespace
}  // namespace decnet::attack

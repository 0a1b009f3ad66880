#include "decnet/rules/loader.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/test_main.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string rule(std::string_view id) {
  return fmt::format(
      "rule_id: {}\nrule_version: 1\nname: n\napplies_to: [command]\nmatch: {{pattern: x}}\n"
      "emits: [{{technique_id: T1083, tactic: TA0007, confidence: 0.9}}]\n",
      id);
}

std::vector<std::string> ids(const Loaded& loaded) {
  std::vector<std::string> result;
  for (const Definition& definition : loaded.rules) result.push_back(definition.id.text());
  return result;
}

TEST(RuleFileName, IsAWordAndAnEnding) {
  for (const char* name : {"R0001.yaml", "T1110_brute_force.yml", "a.yaml", "_.yml"}) {
    EXPECT_TRUE(is_rule_file_name(name)) << name;
  }
  for (const char* name :
       {".R0001.yaml.swp", "R0001.yaml~", "4913", ".foo", "R0001.yaml.tmp", "R0001.txt",
        "my-rule.yaml", ".yaml", "a b.yaml", "a.b.yaml", "R0001.YAML", "\xC3\xA9.yaml", ""}) {
    EXPECT_FALSE(is_rule_file_name(name)) << name;
  }
}

TEST(Loader, ReadsRuleFilesInNameOrder) {
  const test::TempDir directory;
  directory.write("b.yml", rule("R2"));
  directory.write("a.yaml", rule("R9"));
  directory.write("C.yaml", rule("R5"));
  const Loaded loaded = load_directory(directory.path());
  EXPECT_THAT(ids(loaded), ElementsAre("R5", "R9", "R2"));
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_FALSE(loaded.has_errors());
}

TEST(LoaderThreads, ChangeNoOrder) {
  const test::TempDir directory;
  std::vector<std::string> expected_ids;
  std::vector<std::string> expected_problems;
  for (int i = 100; i < 200; ++i) {
    const std::string id = fmt::format("R{}", i);
    const bool is_broken = i % 7 == 0;
    const auto path = directory.write(id + ".yaml", is_broken ? "[\n\n[" : rule(id));
    if (is_broken) {
      expected_problems.push_back(path.string());
    } else {
      expected_ids.push_back(id);
    }
  }
  const Loaded loaded = load_directory(directory.path());
  EXPECT_EQ(ids(loaded), expected_ids);
  std::vector<std::string> problems;
  for (const Problem& problem : loaded.problems) problems.push_back(problem.path.string());
  EXPECT_EQ(problems, expected_problems);
}

TEST(Loader, LeavesOtherFilesAlone) {
  const test::TempDir directory;
  directory.write("my-rule.yaml", "[broken");
  directory.write("a.txt", "[broken");
  directory.write(".a.yaml.swp", "[broken");
  directory.write("deeper/R1.yaml", rule("R1"));
  directory.write("named.yaml/R1.yaml", rule("R1"));
  const Loaded loaded = load_directory(directory.path());
  EXPECT_THAT(loaded.rules, IsEmpty());
  EXPECT_THAT(loaded.problems, IsEmpty());
}

TEST(Loader, DoesNotWaitForAFifo) {
  const test::TempDir directory;
  ASSERT_EQ(mkfifo((directory.path() / "pipe.yaml").c_str(), 0600), 0);
  directory.write("R1.yaml", rule("R1"));
  EXPECT_THAT(ids(load_directory(directory.path())), ElementsAre("R1"));
}

TEST(Loader, AMissingDirectoryIsNoRules) {
  const test::TempDir directory;
  const Loaded loaded = load_directory(directory.path() / "absent");
  EXPECT_THAT(loaded.rules, IsEmpty());
  EXPECT_THAT(loaded.problems, IsEmpty());
}

TEST(Loader, AFileInPlaceOfTheDirectoryIsAProblem) {
  const test::TempDir directory;
  const auto file = directory.write("rules", "");
  const Loaded loaded = load_directory(file);
  ASSERT_THAT(loaded.problems, SizeIs(1));
  EXPECT_EQ(loaded.problems[0].text(), file.string() + ": Not a directory");
  EXPECT_TRUE(loaded.has_errors());
}

// One bad file hides neither the others nor its own further mistakes.
TEST(Loader, BadFilesCostThemselves) {
  const test::TempDir directory;
  directory.write("R1.yaml", rule("R1"));
  directory.write("R2.yaml", "rule_id: R2\nname: [\n");
  directory.write("R3.yaml", "");
  directory.write("R4.yaml", rule("R4.1"));
  directory.write("R5.yaml", rule("R5") + "name: again\nrule_version: 3\n");
  directory.write("R6.yaml", std::string(2'000'000, '#'));
  directory.write("R7.yaml", rule("R7"));
  std::filesystem::create_symlink(directory.path() / "nowhere", directory.path() / "R8.yaml");
  const Loaded loaded = load_directory(directory.path());
  EXPECT_THAT(ids(loaded), ElementsAre("R1", "R7"));
  EXPECT_TRUE(loaded.has_errors());
  std::vector<std::string> problems;
  for (const Problem& problem : loaded.problems) {
    problems.push_back(problem.text().substr(directory.path().string().size() + 1));
  }
  EXPECT_THAT(problems, ElementsAre(HasSubstr("R2.yaml:2: not YAML"), "R3.yaml: empty",
                                    HasSubstr("R4.yaml:1: rule_id: expected"),
                                    HasSubstr("R5.yaml:7: the key 'name' again"),
                                    HasSubstr("R5.yaml:8: the key 'rule_version' again"),
                                    "R6.yaml: larger than 1048576 bytes",
                                    "R8.yaml: No such file or directory"));
}

TEST(Loader, TheFirstOfTwoRulesWithOneIdLoads) {
  const test::TempDir directory;
  directory.write("a.yaml", rule("R1"));
  directory.write("b.yaml", "# copied\n" + rule("R1"));
  const Loaded loaded = load_directory(directory.path());
  ASSERT_THAT(loaded.rules, SizeIs(1));
  EXPECT_EQ(loaded.rules[0].path.filename(), "a.yaml");
  ASSERT_THAT(loaded.problems, SizeIs(1));
  EXPECT_THAT(loaded.problems[0].text(),
              HasSubstr("b.yaml:2: rule_id: R1 is already the rule of a.yaml"));
}

TEST(Loader, WarningsComeWithTheirRule) {
  const test::TempDir directory;
  directory.write("a.yaml", rule("R1") + "tests: 5\n");
  const Loaded loaded = load_directory(directory.path());
  EXPECT_THAT(loaded.rules, SizeIs(1));
  EXPECT_THAT(loaded.problems, SizeIs(1));
  EXPECT_FALSE(loaded.has_errors());
}

}  // namespace
}  // namespace decnet::rules

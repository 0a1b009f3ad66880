// decnet ttp-eval, from the outside: its figures are those of the program that scores its tags.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "decnet/base/file.h"
#include "decnet/base/json.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Eval : public testing::Test {
 protected:
  Finished eval(const std::vector<std::string>& arguments) const {
    std::vector<std::string> all = {"ttp-eval"};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return decnet(directory_.path(), all, {{"DECNET_TTP_RULES_DIR", rules_.string()}});
  }
  TempDir directory_;
  std::filesystem::path rules_ = write_rules(directory_);
  std::string benign_ = directory_
                            .write("benign.jsonl",
                                   "{\"text\": \"cat /etc/passwd\"}\n"
                                   "{\"text\": \"history -c \\u001b[2J\"}\n{\"text\": \"ls\"}\n")
                            .string();
};

TEST_F(Eval, PrintsFiguresWithIntervals) {
  const auto finished = eval({benign_});
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_THAT(finished.out,
              AllOf(HasSubstr("benign.jsonl (benign): 3 rows, 3 texts\n"),
                    testing::ContainsRegex("benign/distinct_tagged  +0.6667  0.208 - 0.939\n"),
                    testing::ContainsRegex("0.7 - 0.9 +2 +0.500 +0.095 - 0.905 +0.850\n")));
}

TEST_F(Eval, ListsWhatIsWrongHarmlessly) {
  const auto finished = eval({"--false-alarms", "9", benign_});
  EXPECT_THAT(finished.out, AllOf(HasSubstr("history -c \\x1b[2J\n"),
                                  HasSubstr("T1070.003 0.85 X0002"), Not(HasSubstr("\x1b"))));
}

TEST_F(Eval, PrintsJsonAsWell) {
  const auto finished = eval({"--json", "--by-rule", "--false-alarms", "1", benign_});
  const Json object = Json::parse(finished.out).value();
  EXPECT_EQ(*object.find("corpus"), Json("benign.jsonl"));
  EXPECT_EQ(*object.find("scores")->find("benign")->find("distinct_tagged"), Json(0.6667));
  EXPECT_EQ(object.find("false_alarms")->array()->size(), 1U);
  EXPECT_EQ(object.find("rules")->array()->size(), 2U);
}

TEST_F(Eval, HoldsFiguresAgainstABaseline) {
  const std::string baseline = (directory_.path() / "baseline.json").string();
  EXPECT_EQ(eval({"--baseline", baseline, benign_}).exit_code, 1) << "there is none";
  EXPECT_EQ(eval({"--baseline", baseline, "--write-baseline", benign_}).exit_code, 0);
  EXPECT_EQ(eval({"--baseline", baseline, benign_}).exit_code, 0);

  directory_.write("rules/X0009.yaml", rule_text("X0009", "ls", "T1059", "TA0002"));
  const auto worse = eval({"--baseline", baseline, benign_});
  EXPECT_EQ(worse.exit_code, 1);
  EXPECT_THAT(worse.out, HasSubstr("+0.3334 LOSS"));
  EXPECT_THAT(worse.err, HasSubstr("got worse"));
}

TEST_F(Eval, RefusesWhatItCannotUse) {
  EXPECT_EQ(eval({}).exit_code, 2);
  EXPECT_EQ(eval({"--write-baseline", benign_}).exit_code, 2);
  EXPECT_EQ(eval({"none.jsonl"}).exit_code, 1);
  const auto bad = eval({directory_.write("bad.jsonl", "{\"text\": 5}\n").string()});
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.err, HasSubstr("bad.jsonl:1: 'text' is no text"));
}

// Every number of one object is the same in the other, which may have more of them.
void expect_same(const Json& wanted, const Json* got, const std::string& path) {
  if (const auto* members = wanted.object()) {
    for (const auto& [key, value] : *members) {
      expect_same(value, got == nullptr ? nullptr : got->find(key), path + "/" + key);
    }
    return;
  }
  ASSERT_NE(got, nullptr) << path;
  EXPECT_EQ(wanted.dump(), got->dump()) << path;
}

std::vector<std::filesystem::path> corpora() {
  std::vector<std::filesystem::path> paths;
  const auto directory = corpus("corpora");
  if (!directory) return paths;
  for (const auto& entry : std::filesystem::directory_iterator(*directory)) {
    if (entry.path().extension() == ".jsonl") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

CommandLine shipped(std::vector<std::string> arguments, std::string input = {}) {
  CommandLine line;
  line.arguments = std::move(arguments);
  line.environment = {{"DECNET_TTP_RULES_DIR", (source_dir() / "rules" / "ttp").string()}};
  line.input = std::move(input);
  return line;
}

TEST(EvalOfCorpora, GivesTheFiguresOfTheScoringProgram) {
  DECNET_CORPUS_OR_SKIP(score, "eval/score.py");
  if (corpora().empty()) GTEST_SKIP() << "not here: corpora (DECNET_CORPORA_DIR)";
  const TempDir directory;
  for (const auto& path : corpora()) {
    SCOPED_TRACE(path.filename().string());
    const auto units = run(shipped({"python3", score.string(), "units", path.string()}));
    ASSERT_EQ(units.exit_code, 0) << units.err;
    const auto tagged = run(shipped({program().string(), "ttp-explain", "--jsonl"}, units.out));
    ASSERT_EQ(tagged.exit_code, 0) << tagged.err;
    const auto predictions = directory.write("predictions.jsonl", tagged.out);
    const auto wanted = run(shipped(
        {"python3", score.string(), "score", predictions.string(), path.string(), "--json"}));
    ASSERT_EQ(wanted.exit_code, 0) << wanted.err;
    const auto got = run(shipped({program().string(), "ttp-eval", "--json", path.string()}));
    ASSERT_EQ(got.exit_code, 0) << got.err;
    expect_same(Json::parse(wanted.out).value(), Json::parse(got.out).value().find("scores"), "");
  }
}

TEST(EvalOfCorpora, LosesNothingOfTheBaseline) {
  if (corpora().empty()) GTEST_SKIP() << "not here: corpora (DECNET_CORPORA_DIR)";
  std::vector<std::string> arguments = {
      program().string(), "ttp-eval", "--baseline",
      (source_dir() / "docs" / "accuracy-baseline.json").string()};
  for (const auto& path : corpora()) arguments.push_back(path.string());
  const auto finished = run(shipped(arguments));
  EXPECT_EQ(finished.exit_code, 0) << finished.err << finished.out;
}

}  // namespace
}  // namespace decnet::test

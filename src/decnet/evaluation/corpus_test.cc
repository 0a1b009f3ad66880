// Small invented corpora of every kind, scored by predictions that are given.
#include "decnet/evaluation/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <string>
#include <vector>

#include "decnet/evaluation/calibration.h"
#include "tests/test_main.h"

namespace decnet::evaluation {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using Tags = std::vector<std::pair<std::string, double>>;  // technique, confidence

class CorpusTest : public testing::Test {
 protected:
  // Opens a corpus of these lines and tags its units by their text.
  void open(const std::string& lines, const std::map<std::string, Tags>& tags = {}) {
    auto opened = open_corpus(directory_.write("corpus.jsonl", lines));
    ASSERT_TRUE(opened) << opened.error().message;
    corpus_ = *std::move(opened);
    for (const Unit& unit : corpus_->units().all()) {
      Prediction& prediction = predictions_.emplace_back();
      const auto found = tags.find(unit.text);
      if (found == tags.end()) continue;
      for (const auto& [technique, confidence] : found->second) {
        prediction.claims.push_back({technique, goals_of(technique), confidence, {"R1"}});
      }
    }
  }
  [[nodiscard]] Scores scores() const {
    std::vector<std::size_t> rows(corpus_->rows());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    return corpus_->score(rows, predictions_);
  }
  [[nodiscard]] double figure(const std::string& path) const {
    const Scores all = scores();
    const Figure* found = all.find(path);
    EXPECT_NE(found, nullptr) << path;
    return found == nullptr ? -1 : found->value;
  }
  // "<text>: <outcome>" of what went wrong.
  [[nodiscard]] std::vector<std::string> wrong() const {
    std::vector<std::string> texts;
    for (const Verdict& verdict : corpus_->verdicts(predictions_)) {
      if (verdict.outcome == Verdict::Outcome::kRight) continue;
      texts.push_back(verdict.text + (verdict.outcome == Verdict::Outcome::kMissed
                                          ? ": missed, " + verdict.wanted
                                          : ": false alarm"));
    }
    return texts;
  }

  test::TempDir directory_;
  std::unique_ptr<Corpus> corpus_;
  std::vector<Prediction> predictions_;
};

TEST_F(CorpusTest, Atomic) {
  open(R"({"text": "a\nb", "lines": ["a", "b"], "technique": "T1070.002"}
{"text": "c", "lines": ["c"], "technique": "T1059.004"}
)",
       {{"a", {{"T1685.006", 0.9}, {"T1083", 0.6}}}, {"c", {{"T1059", 0.8}}}});
  EXPECT_EQ(corpus_->kind(), "atomic");
  EXPECT_EQ(figure("atomic whole script/exact/recall"), 0.0);
  EXPECT_EQ(figure("atomic whole script/parent/recall"), 0.5);
  EXPECT_EQ(figure("atomic whole script/compatible_recall"), 0.5);
  EXPECT_EQ(figure("atomic line by line/exact/recall"), 0.5) << "the label's successor";
  EXPECT_EQ(figure("atomic line by line/parent/agreement_precision"), 0.6667);
  EXPECT_EQ(figure("atomic line by line/lines_tagged"), 0.6667);
  EXPECT_THAT(wrong(), ElementsAre("a\nb: missed, T1685.006"));
}

TEST_F(CorpusTest, Logprecis) {
  open(
      R"({"text": "x", "statements": [{"text": "cat f", "sep": "|", "tactic": "Discovery"},{"text": "grep x", "sep": ";", "tactic": "Discovery"},{"text": "rm f", "sep": "&&", "tactic": "Execution"},{"text": " ", "sep": ";", "tactic": "Other"},{"text": "echo", "sep": "", "tactic": "Harmless"}]})"
      "\n",
      {{"cat f | grep x", {{"T1083", 0.7}}},
       {"rm f", {{"T1070.004", 0.9}}},
       {"echo", {{"T1059", 0.9}}}});
  EXPECT_EQ(figure("logprecis/strict/commands"), 3) << "an empty one is none";
  EXPECT_EQ(figure("logprecis/strict/command_recall"), 0.5);
  EXPECT_EQ(figure("logprecis/mapped/command_recall"), 1.0) << "hiding the file serves running it";
  EXPECT_EQ(figure("logprecis/mapped/harmless_other_tagged"), 1.0);
  EXPECT_EQ(figure("logprecis/mapped/session_tactic_set/exact_set"), 1.0);
  EXPECT_THAT(wrong(), ElementsAre("echo: false alarm"));
}

TEST_F(CorpusTest, Commands) {
  open("{\"text\": \"a\", \"count\": 3}\n{\"text\": \"b\", \"count\": 1}\n",
       {{"a", {{"T1083", 0.9}}}});
  EXPECT_EQ(figure("commands/distinct_tagged"), 0.5);
  EXPECT_EQ(figure("commands/lines_tagged"), 0.75);
  EXPECT_EQ(figure("commands/distinct_tagged_beyond_discovery"), 0.0);
  EXPECT_THAT(wrong(), ElementsAre("b: missed, a tag"));
}

TEST_F(CorpusTest, Benign) {
  open("{\"text\": \"a\"}\n{\"text\": \"b\"}\n{\"text\": \"c\"}\n{\"text\": \"d\"}\n",
       {{"a", {{"T1083", 0.9}}}, {"b", {{"T1059", 0.7}}}, {"c", {{"T1059", 0.8}}}});
  EXPECT_EQ(figure("benign/distinct_tagged"), 0.75);
  EXPECT_EQ(figure("benign/distinct_tagged_beyond_discovery"), 0.5);
  EXPECT_EQ(figure("benign/distinct_tagged_beyond_discovery_surely"), 0.25);
  EXPECT_THAT(wrong(), ElementsAre("b: false alarm", "c: false alarm"));
}

TEST_F(CorpusTest, Sessions) {
  open(
      "{\"session\": \"1\", \"commands\": [\"a\", \"b\"], \"count\": 9}\n"
      "{\"session\": \"2\", \"commands\": [\"b\", \"c\"]}\n",
      {{"a", {{"T1083", 0.9}}}});
  EXPECT_THAT(corpus_->units().all(), SizeIs(3));
  EXPECT_EQ(figure("sessions/distinct_tagged"), 0.5);
  EXPECT_EQ(figure("sessions/sessions_tagged"), 0.9);
  EXPECT_THAT(wrong(), ElementsAre("b\nc: missed, a tag on any line"));
}

TEST_F(CorpusTest, Gtfobins) {
  open(
      "{\"text\": \"a\", \"function\": \"shell\", \"techniques\": [\"T1059.004\"]}\n"
      "{\"text\": \"b\", \"function\": \"file-read\", \"techniques\": [\"T1005\"]}\n",
      {{"a", {{"T1059", 0.9}, {"T1059.006", 0.9}, {"T1083", 0.6}}}});
  EXPECT_EQ(figure("gtfobins/all/recall_any_label"), 0.5);
  EXPECT_EQ(figure("gtfobins/shell/agreement_precision"), 0.5) << "parents count once";
  EXPECT_THAT(wrong(), ElementsAre("b: missed, file-read: T1005"));
}

TEST_F(CorpusTest, Http) {
  const std::string end = R"("headers": {"user-AGENT": "c"}, "body": "d", "class": "k")";
  open(R"({"method": "GET", "uri": "/a", "attack": true, "technique": "T1190", )" + end + "}\n" +
           R"({"method": "GET", "uri": "/b", "attack": false, "technique": null, )" + end + "}\n",
       {{"GET /b {\"user-AGENT\":\"c\"}\nd", {{"T1190", 0.9}}}});
  EXPECT_EQ(corpus_->units()[0].kind, "http_request");
  EXPECT_EQ(
      corpus_->units()[0].payload.dump(),
      R"({"method":"GET","raw_url":"/a","user_agent":"c","headers":{"user-AGENT":"c"},"body":"d"})");
  EXPECT_EQ(figure("http/all/recall"), 0.0);
  EXPECT_EQ(figure("http/k/tagged_near_misses"), 1.0);
  EXPECT_THAT(wrong(), SizeIs(2));
}

TEST_F(CorpusTest, Mail) {
  open(
      "{\"id\": \"1\", \"raw\": \"x\", \"phishing\": true}\n"
      "{\"id\": \"2\", \"raw\": \"y\", \"phishing\": false}\n",
      {{"1", {{"T1566.002", 0.9}}}, {"2", {{"T1566", 0.9}}}});
  EXPECT_EQ(figure("mail/phishing/tagged_T1566"), 1.0);
  EXPECT_EQ(figure("mail/ham/tagged_T1566"), 1.0);
  EXPECT_EQ(*scores().json().find("mail")->find("spam")->find("tagged_T1566"), Json());
  EXPECT_THAT(wrong(), ElementsAre("2: false alarm"));
}

TEST_F(CorpusTest, Opencanary) {
  open("{\"logtype\": 4002, \"techniques\": [\"T1133\", \"T1021.004\"]}\n",
       {{"logtype:4002", {{"T1021", 0.9}}}});
  EXPECT_EQ(figure("opencanary/recall_any_label"), 1.0);
}

TEST_F(CorpusTest, ConfidenceIsSetBesidePrecision) {
  open("{\"text\": \"a\"}\n{\"text\": \"b\"}\n",
       {{"a", {{"T1059", 0.9}}}, {"b", {{"T1083", 0.95}, {"T1105", 0.7}, {"T1106", 0.65}}}});
  const auto verdicts = corpus_->verdicts(predictions_);
  const auto bands = by_band(verdicts);
  EXPECT_EQ(bands[0].tally.judged, 2);
  EXPECT_EQ(bands[0].tally.precision(), 0.5);
  EXPECT_EQ(bands[1].tally.judged, 1);
  EXPECT_EQ(bands[2].tally.judged, 1);
  const auto rules = by_rule(verdicts);
  ASSERT_THAT(rules, SizeIs(1));
  EXPECT_EQ(rules[0].tally.judged, 4);
  EXPECT_EQ(rules[0].tally.precision(), 0.25);
  EXPECT_DOUBLE_EQ(rules[0].tally.mean_stated(), 0.8);
}

struct Bad {
  std::string name;
  std::string lines;
  std::string told;
};
class BadCorpus : public testing::TestWithParam<Bad> {};
TEST_P(BadCorpus, IsRefusedByItsLine) {
  const test::TempDir directory;
  const auto opened = open_corpus(directory.write("c.jsonl", GetParam().lines));
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kInvalid);
  EXPECT_THAT(opened.error().message, HasSubstr(GetParam().told));
}
INSTANTIATE_TEST_SUITE_P(
    , BadCorpus,
    testing::ValuesIn(std::vector<Bad>{
        {"Empty", "\n\n", "c.jsonl: no corpus: it is empty"},
        {"NoJson", "{\"text\": \"a\"}\nx\n", "c.jsonl:2: not JSON"},
        {"NoObject", "[1]\n", "c.jsonl:1: not a JSON object"},
        {"NoText", "{\"text\": \"a\"}\n\n{\"txt\": 1}\n", "c.jsonl:3: 'text' is missing"},
        {"NumberAsText", "{\"text\": 5}\n", "c.jsonl:1: 'text' is no text"},
        {"NumberAsLines", R"({"text": "a", "technique": "T1", "lines": 5})", "'lines' is no list"},
        {"TextAsCount", R"({"text": "a", "count": "5"})", "'count' is no integer"},
        {"Statement", R"({"statements": [{"sep": ";"}]})", "statements: 'text' is missing"},
        {"Headers", R"({"method": "", "uri": "", "attack": true, "class": "", "headers": []})",
         "'headers' is no object"},
        {"Attack", R"({"method": "", "uri": "", "attack": 1, "class": "", "headers": {}})",
         "'attack' is neither true nor false"},
    }),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace decnet::evaluation

// decnet ttp-explain --jsonl, from the outside.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <sstream>

#include "decnet/base/json.h"
#include "decnet/base/utf8.h"
#include "tests/process.h"
#include "tests/rule_files.h"
#include "tests/test_main.h"

namespace decnet::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ExplainLines : public testing::Test {
 protected:
  Finished explain(const std::string& input) const {
    return decnet(directory_.path(), {"ttp-explain", "--jsonl"},
                  {{"DECNET_TTP_RULES_DIR", rules_.string()}}, input);
  }
  static std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) out.push_back(line);
    return out;
  }
  TempDir directory_;
  std::filesystem::path rules_ = write_rules(directory_);
};

TEST_F(ExplainLines, AnswersEachLineInOrder) {
  const auto finished = explain(
      "{\"text\": \"cat /etc/passwd\"}\n"
      "{\"text\":\"echo hello\"}\r\n"
      "{\"text\": \"who \\u00e9\", \"kind\": \"command\", \"payload\": "
      "{\"command_text\": \"cat /etc/passwd\"}}\n"
      "{\"kind\": \"email\", \"payload\": {\"raw_message\": \"x\"}}");
  EXPECT_EQ(finished.exit_code, 0);
  EXPECT_THAT(finished.err, IsEmpty());
  EXPECT_THAT(
      lines(finished.out),
      ElementsAre(R"({"text":"cat /etc/passwd","techniques":["T1083"],"tags":[)"
                  R"({"technique":"T1083","tactic":"TA0007","confidence":0.85,"rule":"X0001"}]})",
                  R"({"text":"echo hello","techniques":[],"tags":[]})",
                  "{\"text\":\"who \xC3\xA9\",\"techniques\":[\"T1083\"],\"tags\":["
                  R"({"technique":"T1083","tactic":"TA0007","confidence":0.85,"rule":"X0001"}]})",
                  R"({"text":null,"techniques":[],"tags":[]})"));
}

TEST_F(ExplainLines, TechniquesAreDistinctAndMostSpecific) {
  directory_.write("rules/X0005.yaml", rule_text("X0005", "shadow", "T1083", "TA0007"));
  const auto finished = explain("{\"text\": \"cat /etc/shadow; history -c\"}\n");
  EXPECT_THAT(finished.out, HasSubstr(R"("techniques":["T1083","T1070.003","T1003.008"])"));
}

struct Bad {
  std::string name;
  std::string line;
  std::string echoed;  // as JSON
  std::string told;
};

class BadLine : public ExplainLines, public testing::WithParamInterface<Bad> {};

TEST_P(BadLine, CostsItself) {
  const std::string good = "{\"text\":\"echo hello\"}\n";
  const auto finished = explain(good + GetParam().line + "\n" + good);
  EXPECT_EQ(finished.exit_code, 0);
  const auto answers = lines(finished.out);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0], answers[2]);
  EXPECT_THAT(answers[1],
              testing::StartsWith("{\"text\":" + GetParam().echoed +
                                  ",\"techniques\":[],\"tags\":[],\"error\":\"" + GetParam().told));
  EXPECT_TRUE(Json::parse(answers[1]));
  EXPECT_THAT(finished.err, testing::StartsWith("-:2: " + GetParam().told));
}

INSTANTIATE_TEST_SUITE_P(
    , BadLine,
    testing::ValuesIn(std::vector<Bad>{
        {"NoJson", "cat /etc/passwd", "null", "not JSON"},
        {"CutShort", "{\"text\": \"a", "null", "not JSON"},
        {"NoObject", "[1]", "null", "not a JSON object"},
        {"NoText", "{}", "null", "no text"},
        {"NumberAsText", "{\"text\": 5}", "null", "text is no string"},
        {"KindAlone", "{\"text\": \"a\", \"kind\": \"email\"}", "\"a\"", "a kind needs a payload"},
        {"PayloadAlone", "{\"text\": \"a\", \"payload\": {}}", "\"a\"", "a payload needs a kind"},
        {"UnknownKind", "{\"text\": \"a\", \"kind\": \"x\", \"payload\": {}}", "\"a\"",
         "unknown kind 'x'"},
        {"OpenCanaryNoObject", "{\"text\": \"a\", \"kind\": \"opencanary\", \"payload\": 1}",
         "\"a\"", "the payload is no JSON object"},
        {"PayloadNoObject", "{\"text\": \"a\", \"kind\": \"email\", \"payload\": 1}", "\"a\"",
         "the payload is no JSON object"},
        {"Overlong", std::string((std::size_t{4} << 20) + 1, 'x'), "null", "longer than"},
    }),
    [](const auto& c) { return c.param.name; });

// Whole lines of that log, or what their number means.
TEST_F(ExplainLines, OpenCanaryLinesAreJudgedAsTheirEvents) {
  rules_ = source_dir() / "rules" / "ttp";
  const auto finished = explain(
      R"({"text": "scan", "kind": "opencanary", "payload": {"logtype": 5001}}
{"text": "request", "kind": "opencanary", "payload": {"logtype": 3000, "logdata": {"PATH": "/", "USERAGENT": "sqlmap/1.7"}}}
{"text": "boot", "kind": "opencanary", "payload": {"logtype": 1001}}
)");
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  const auto answers = lines(finished.out);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_THAT(answers[0], HasSubstr(R"("techniques":["T1046"])"));
  EXPECT_THAT(answers[1], HasSubstr("T1595.002"));
  EXPECT_THAT(answers[2], HasSubstr(R"("techniques":[])"));
}

TEST_F(ExplainLines, ManyBadLinesAreCountedNotListed) {
  std::string input;
  for (int i = 0; i < 1234; ++i) input += "x\n";
  const auto finished = explain(input);
  EXPECT_EQ(lines(finished.out).size(), 1234U);
  const auto notes = lines(finished.err);
  ASSERT_EQ(notes.size(), 11U);
  EXPECT_EQ(notes[10], "-: and 1,224 more lines that could not be read");
}

TEST_F(ExplainLines, BlankLinesGiveNothing) {
  EXPECT_EQ(lines(explain("\n  \n{\"text\":\"a\"}\n\n").out).size(), 1U);
}

TEST_F(ExplainLines, AnyTextComesBackAsItWas) {
  std::mt19937 random(20261121);  // NOLINT(cert-msc51-cpp): the same texts every time
  std::vector<std::string> texts(500);
  for (auto& text : texts) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random() % 256);
    text = to_valid_utf8(bytes);
  }
  std::string input;
  for (const auto& text : texts) {
    input += "{\"text\":";
    append_json_string(input, text);
    input += "}\n";
  }
  const auto answers = lines(explain(input).out);
  ASSERT_EQ(answers.size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const auto answer = Json::parse(answers[i]);
    ASSERT_TRUE(answer);
    EXPECT_EQ(*answer->find("text")->string(), texts[i]);
  }
}

// A whole mail becomes the payload that a stored one would have.
TEST_F(ExplainLines, ReadsWholeMails) {
  const std::string mail =
      "From: PayPal Service <x@bulk.example>\\nReply-To: y@other.example.org\\n"
      "Subject: Final notice\\nAuthentication-Results: mx; spf=fail\\n\\n"
      "Confirm your payment within 24 hours: https://a.pages.dev/login\\n";
  const auto finished =
      decnet(directory_.path(), {"ttp-explain", "--jsonl"},
             {{"DECNET_TTP_RULES_DIR", (source_dir() / "rules" / "ttp").string()}},
             R"({"text":"lure","kind":"email","payload":{"raw_message":")" + mail + R"("}})" +
                 "\n" + R"({"text":"odd","kind":"email","payload":{"raw_message":5}})" + "\n");
  EXPECT_EQ(finished.exit_code, 0);
  const auto answers = lines(finished.out);
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_THAT(answers[0], HasSubstr("T1566.002"));
  EXPECT_THAT(answers[1], HasSubstr("raw_message is no string"));
}

}  // namespace
}  // namespace decnet::test

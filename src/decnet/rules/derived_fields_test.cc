// Fields that are computed from a payload: requests in their normal forms.
#include "decnet/rules/derived_fields.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "decnet/rules/reader.h"
#include "decnet/rules/rule_set.h"

namespace decnet::rules {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<Problem> problems;

// "<field>: <text found>" where a rule with that `match` fires.
std::vector<std::string> matches(std::string_view match, std::string_view payload,
                                 std::string_view kind = "http_request") {
  problems.clear();
  const std::string yaml =
      "rule_id: R1\nrule_version: 1\nname: n\napplies_to: [http_request, payload]\nmatch: {" +
      std::string(match) +
      "}\nemits:\n  - {technique_id: T1190, tactic: TA0001, confidence: 0.9}\n";
  std::vector<Definition> rules = {read_definition(yaml, "r.yaml", problems).value()};
  const auto compiled = RuleSet::compile(std::move(rules), *attack::Catalogue::built_in());
  Event event;
  event.source_kind = kind;
  event.payload = Json::parse(payload).value();
  std::vector<std::string> found;
  for (const Match& one : compiled.rules->match(event)) {
    found.push_back(std::string(one.field) + ": " + one.matched);
  }
  return found;
}

TEST(DerivedFields, AreSearchedAsAnyOther) {
  EXPECT_THAT(matches("pattern: '<b>', field: request_normal", R"({"raw_url": "/?a=%253Cb%253E"})"),
              ElementsAre("request_normal: <b>"));
  EXPECT_THAT(matches("pattern: '<b>', field: raw_url, more_fields: [request_normal]",
                      R"({"raw_url": "/?a=%3Cb%3E"})"),
              ElementsAre("request_normal: <b>"));
  EXPECT_THAT(matches("pattern: '^/x$', field: request_path", R"({"raw_url": "/%78?y"})"),
              ElementsAre("request_path: /x"));
  EXPECT_THAT(matches("pattern: '^a=b$', field: request_assignments", R"({"body": "c=d&a=%62"})"),
              ElementsAre("request_assignments: a=b"));
}

TEST(DerivedFields, HideWhatThePayloadCallsSo) {
  EXPECT_THAT(matches("pattern: x, field: request_normal", R"({"request_normal": "x"})"),
              IsEmpty());
}

TEST(DerivedFields, AreOfRequestsAlone) {
  EXPECT_TRUE(is_derived_field("http_request", "request_uploads"));
  EXPECT_FALSE(is_derived_field("http_request", "raw_url"));
  EXPECT_FALSE(is_derived_field("command", "request_normal"));
  EXPECT_THAT(matches("pattern: x, field: request_normal", R"({"request_normal": "x"})", "payload"),
              ElementsAre("request_normal: x"));
}

TEST(DerivedFields, AreMostlyReadFromTheUsualKey) {
  EXPECT_EQ(payload_key("http_request", "request_normal"), "raw_url");
  EXPECT_EQ(payload_key("http_request", "user_agent"), "user_agent");
}

}  // namespace
}  // namespace decnet::rules

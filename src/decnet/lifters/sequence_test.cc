#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "decnet/lifters/lifting_test.h"

namespace decnet::lifters {
namespace {

// Three steps, by letters: entries in which an a, then a b, then a c is found.
std::string abc(std::string_view more = "") {
  return test::rule("S1", "[session]",
                    fmt::format("{{kind: sequence, {} steps: [{{pattern: a}}, {{pattern: b}}, "
                                "{{pattern: c}}]}}",
                                more));
}

bool fires(const std::string& yaml, std::string_view payload) {
  const auto rules = test::rule_set({yaml});
  return !test::lift("sequence", *rules, test::event("session", test::json(payload))).tags.empty();
}

struct Case {
  std::string name;
  std::string payload;
  bool fires;
};

class Sequences : public testing::TestWithParam<Case> {};

TEST_P(Sequences, FireInOrder) { EXPECT_EQ(fires(abc(), GetParam().payload), GetParam().fires); }

INSTANTIATE_TEST_SUITE_P(
    Entries, Sequences,
    testing::ValuesIn(std::vector<Case>{
        {"OneEach", R"({"commands": ["a", "b", "c"]})", true},
        {"OthersBetween", R"({"commands": ["x", "a", "x", "b", "x", "c", "x"]})", true},
        {"AllInOne", R"({"commands": ["a; b; c"]})", true},
        {"TwoInOne", R"({"commands": ["a", "b c"]})", true},
        {"FirstAgain", R"({"commands": ["a", "b", "a", "c"]})", true},
        {"WrongOrder", R"({"commands": ["b", "a", "c"]})", false},
        {"WrongOrderInOne", R"({"commands": ["c b a"]})", false},
        {"OneMissing", R"({"commands": ["a", "c"]})", false},
        {"OneTooEarlyInOne", R"({"commands": ["a", "c b"]})", false},
        {"Objects", R"({"commands": [{"command_text": "a"}, {"text": "b"}, {"command": "c"}]})",
         true},
        {"ByTime",
         R"({"commands": [{"command_text": "c", "ts": "2026-01-01T10:00:03Z"},
             {"command_text": "a", "ts": "2026-01-01T10:00:01Z"},
             {"command_text": "b", "ts": "2026-01-01T10:00:02Z"}]})",
         true},
        {"OtherTypes", R"({"commands": [5, null, ["a"], {"command_text": 5}, true]})", false},
        {"NoList", R"({"commands": "a b c"})", false},
        {"Nothing", R"({})", false},
    }),
    [](const auto& row) { return row.param.name; });

TEST(Sequence, StepsOfSeveralKindsMeetInTheOrderOfTime) {
  const std::string yaml = test::rule(
      "S1", "[session]",
      "{kind: sequence, steps: [{kind: auth_attempt, pattern: '^success$'}, {kind: payload, "
      "field: transfer, pattern: upload}, {pattern: run}]}");
  const std::string_view in_order =
      R"({"commands": [{"command_text": "run", "ts": "2026-01-01T10:00:03Z"}],
          "logins": [{"outcome": "success", "ts": "2026-01-01T10:00:01Z"}],
          "transfers": [{"transfer": "upload", "ts": "2026-01-01T10:00:02Z"}]})";
  EXPECT_TRUE(fires(yaml, in_order));
  const std::string_view upload_last =
      R"({"commands": [{"command_text": "run", "ts": "2026-01-01T10:00:03Z"}],
          "logins": [{"outcome": "success", "ts": "2026-01-01T10:00:01Z"}],
          "transfers": [{"transfer": "upload", "ts": "2026-01-01T10:00:04Z"}]})";
  EXPECT_FALSE(fires(yaml, upload_last));
}

struct Timed {
  std::string name;
  std::vector<std::pair<std::string, int>> commands;  // text, second
  bool fires;
};

class SequenceTimes : public testing::TestWithParam<Timed> {};

TEST_P(SequenceTimes, KeepWithin) {
  Json::Array commands;
  for (const auto& [text, second] : GetParam().commands) {
    commands.push_back(
        Json::object({{"command_text", text},
                      {"ts", to_iso_text(UtcTime(std::chrono::seconds{1'700'000'000 + second}))}}));
  }
  const Json payload = Json::object({{"commands", commands}});
  EXPECT_EQ(fires(abc("within: 10s,"), payload.dump()), GetParam().fires);
}

INSTANTIATE_TEST_SUITE_P(Seconds, SequenceTimes,
                         testing::ValuesIn(std::vector<Timed>{
                             {"Exactly", {{"a", 0}, {"b", 5}, {"c", 10}}, true},
                             {"OneMore", {{"a", 0}, {"b", 5}, {"c", 11}}, false},
                             // The later beginning counts.
                             {"BegunAgain", {{"a", 0}, {"a", 4}, {"b", 9}, {"c", 14}}, true},
                             {"TooLateAgain", {{"a", 0}, {"b", 9}, {"a", 10}, {"c", 14}}, false},
                             {"WholeLater", {{"a", 0}, {"b", 1}, {"a b", 50}, {"c", 60}}, true},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST(Sequence, SaysWhatItFound) {
  EXPECT_EQ(test::evidence(
                "sequence",
                test::rule("S1", "[session]",
                           "{kind: sequence, steps: [{pattern: 'a.'}, {pattern: b}]}", "[service]"),
                test::event("session", test::json(
                                           R"({"service": "ssh", "commands": [
                     {"command_text": "xax", "ts": "2026-01-01T10:00:01Z"}, "bb"]})"))),
            R"({"service":"ssh","steps":[{"kind":"command","matched":"ax",)"
            R"("ts":"2026-01-01T10:00:01+00:00"},{"kind":"command","matched":"b",)"
            R"("ts":"2026-01-01T10:00:01+00:00"}],"ts":"2026-01-01T10:00:01+00:00"})");
}

// What one would write down: every way to pick three places in order.
bool any_choice(const std::vector<std::string>& commands) {
  std::string all;
  for (const auto& command : commands) all += command;
  const auto a = all.find('a');
  const auto b = a == std::string::npos ? a : all.find('b', a);
  return b != std::string::npos && all.find('c', b) != std::string::npos;
}

TEST(Sequence, AgreesWithTryingEveryPlace) {
  const auto rules = test::rule_set({abc()});
  EXPECT_TRUE(rc::check([&] {
    const auto commands = *rc::gen::container<std::vector<std::string>>(
        rc::gen::container<std::string>(rc::gen::element('a', 'b', 'c', 'x')));
    Json::Array entries(commands.begin(), commands.end());
    const Event event =
        test::event("session", Json::object({{"commands", Json(std::move(entries))}}));
    RC_ASSERT(!test::lift("sequence", *rules, event).tags.empty() == any_choice(commands));
  }));
}

}  // namespace
}  // namespace decnet::lifters

#include "decnet/pipeline/stored_events.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace decnet::pipeline {
namespace {

using testing::Optional;

storage::AttackerCommands attacker() {
  return {.uuid = "a-1", .identity_id = "i-1", .commands = {}};
}

Json json(std::string_view text) { return Json::parse(text).value(); }

std::string text_of(const Event& event) {
  const Json* text = event.payload.find("command_text");
  return text == nullptr || text->string() == nullptr ? "(none)" : *text->string();
}

struct TextCase {
  std::string name;
  std::string entry;
  std::optional<std::string> text;  // nothing: no event
};

class CommandText : public testing::TestWithParam<TextCase> {};

TEST_P(CommandText, IsTheFirstTruthyOfItsKeys) {
  const auto event = command_event(attacker(), 0, json(GetParam().entry));
  ASSERT_EQ(event.has_value(), GetParam().text.has_value());
  if (event) {
    EXPECT_EQ(text_of(*event), *GetParam().text);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Entries, CommandText,
    testing::ValuesIn(std::vector<TextCase>{
        {"CommandText", R"({"command_text": "id", "text": "no", "command": "no"})", "id"},
        {"Text", R"({"text": "id", "command": "no"})", "id"},
        {"TextAfterEmptyCommandText", R"({"command_text": "", "text": "id"})", "id"},
        {"TextAfterNullCommandText", R"({"command_text": null, "text": "id"})", "id"},
        {"Profiler", R"({"service": "ssh", "decky": "d", "command": "id"})", "id"},
        {"CommandAfterEmptyText", R"({"text": "", "command": "id"})", "id"},
        {"CommandTextIsANumber", R"({"command_text": 42, "text": "id"})", std::nullopt},
        {"CommandTextIsAList", R"({"command_text": ["id"], "command": "id"})", std::nullopt},
        {"TextIsAnObject", R"({"text": {"a": 1}, "command": "id"})", std::nullopt},
        {"CommandIsTrue", R"({"command": true})", std::nullopt},
        {"NoText", R"({"id": "c-1"})", std::nullopt},
        {"EmptyObject", "{}", std::nullopt},
        {"EmptyCommandTextOnly", R"({"command_text": ""})", std::nullopt},
        {"EmptyTextIsAText", R"({"text": ""})", ""},
        {"FalseThenCommand", R"({"command_text": false, "text": 0, "command": "id"})", "id"},
        {"LastOfADoubledKey", R"({"text": "no", "text": "id"})", "id"},
    }),
    [](const auto& row) { return row.param.name; });

struct IdCase {
  std::string name;
  std::string entry;
  std::string source_id;
};

class CommandId : public testing::TestWithParam<IdCase> {};

TEST_P(CommandId, IsTheFirstTruthyOfItsKeysAsText) {
  const auto event = command_event(attacker(), 7, json(GetParam().entry));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->source_id, GetParam().source_id);
}

INSTANTIATE_TEST_SUITE_P(
    Entries, CommandId,
    testing::ValuesIn(std::vector<IdCase>{
        {"Id", R"({"text": "x", "id": "c-1", "uuid": "u", "command_id": "n"})", "c-1"},
        {"Uuid", R"({"text": "x", "id": "", "uuid": "u", "command_id": "n"})", "u"},
        {"CommandId", R"({"text": "x", "uuid": null, "command_id": "n"})", "n"},
        {"None", R"({"text": "x"})", "a-1#cmd7"},
        {"AllFalsy", R"({"text": "x", "id": 0, "uuid": false, "command_id": []})", "a-1#cmd7"},
        {"Integer", R"({"text": "x", "id": 2003})", "2003"},
        {"Double", R"({"text": "x", "id": 2003.0})", "2003.0"},
        {"True", R"({"text": "x", "id": true})", "True"},
        {"List", R"({"text": "x", "id": [1, "a"]})", "[1, 'a']"},
        {"NothingIsTrimmed", R"({"text": "x", "id": " a\tb "})", " a\tb "},
    }),
    [](const auto& row) { return row.param.name; });

TEST(CommandEvent, CarriesTheAttackerAndTheEntry) {
  const auto event = command_event(
      attacker(), 3, json(R"({"id": "c", "command_text": "id", "session_id": "s", "decky_id": "d1",
               "decky": "d2", "ts": "2026-03-04T09:11:50Z", "uid": 0, "user": "root"})"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->source_kind, "command");
  EXPECT_THAT(event->attacker_uuid, Optional(std::string("a-1")));
  EXPECT_THAT(event->identity_uuid, Optional(std::string("i-1")));
  EXPECT_THAT(event->session_id, Optional(std::string("s")));
  EXPECT_THAT(event->decky_id, Optional(std::string("d1")));
  EXPECT_EQ(event->payload,
            json(R"({"id": "c", "command_text": "id", "session_id": "s", "decky_id": "d1",
                     "decky": "d2", "ts": "2026-03-04T09:11:50Z", "uid": 0, "user": "root"})"));
}

TEST(CommandEvent, AddsTheTextToThePayloadOfAProfilerEntry) {
  const auto event = command_event(
      {.uuid = "a-1", .identity_id = {}, .commands = {}}, 0,
      json(R"({"service": "ssh", "decky": "d2", "command": "id", "timestamp": "t"})"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->identity_uuid, std::nullopt);
  EXPECT_EQ(event->session_id, std::nullopt);
  EXPECT_THAT(event->decky_id, Optional(std::string("d2")));
  EXPECT_EQ(event->payload, json(R"({"service": "ssh", "decky": "d2", "command": "id",
                                     "timestamp": "t", "command_text": "id"})"));
}

TEST(CommandEvent, ReplacesAFalsyCommandText) {
  const auto event = command_event(attacker(), 0, json(R"({"command_text": null, "text": "id"})"));
  ASSERT_TRUE(event);
  EXPECT_EQ(event->payload, json(R"({"command_text": "id", "text": "id"})"));
}

TEST(CommandEvent, ConvertsOtherIdsToText) {
  const auto event =
      command_event(attacker(), 0, json(R"({"text": "x", "session_id": 12, "decky": 1.5})"));
  ASSERT_TRUE(event);
  EXPECT_THAT(event->session_id, Optional(std::string("12")));
  EXPECT_THAT(event->decky_id, Optional(std::string("1.5")));
}

TEST(CommandEvent, TakesAnythingThatIsAnObject) {
  EXPECT_TRUE(rc::check([](const std::map<std::string, std::string>& members, std::size_t index) {
    Json entry = Json::object({});
    const std::vector<std::string> keys = {"id", "text", "command", "command_text", "session_id"};
    for (const auto& [key, value] : members) {
      entry.set(keys[std::hash<std::string>()(key) % keys.size()], value);
    }
    const Json before = entry;
    const auto event = command_event(attacker(), index, std::move(entry));
    if (!event) return;
    RC_ASSERT(!event->source_id.empty());
    for (const auto& [key, value] : *before.object()) {
      if (key != "command_text") RC_ASSERT(*event->payload.find(key) == value);
    }
    RC_ASSERT(event->payload.find("command_text")->string() != nullptr);
  }));
}

struct TypedCase {
  const char* name;
  const char* entry;
  const char* command;  // "decky|text|instant", "" for none
};

class Typed : public testing::TestWithParam<TypedCase> {};

TEST_P(Typed, IsWhatACommandIsRecognisedBy) {
  const Json entry = json(GetParam().entry);
  const auto command = typed_command(entry);
  EXPECT_EQ(command ? fmt::format("{}|{}|{}", command->decky, command->text,
                                  to_iso_text(command->instant))
                    : "",
            GetParam().command);
}

INSTANTIATE_TEST_SUITE_P(
    Entries, Typed,
    testing::ValuesIn(std::vector<TypedCase>{
        {"OfTheProfiler",
         R"({"service": "ssh", "decky": "d", "command": "id", "timestamp": "2026-03-04T09:11:50Z"})",
         "d|id|2026-03-04T09:11:50+00:00"},
        {"OfTheBus", R"({"id": "s#0", "command_text": "id", "ts": "2026-03-04T09:11:50.5+01:00",
                         "decky": "d", "service": "bash"})",
         "d|id|2026-03-04T08:11:50.500000+00:00"},
        {"OfAnImport", R"({"decky_id": "d", "text": "id", "ts": "2026-03-04 09:11:50"})",
         "d|id|2026-03-04T09:11:50+00:00"},
        {"WithoutADecoy", R"({"text": "id", "ts": "2026-03-04T09:11:50Z"})",
         "|id|2026-03-04T09:11:50+00:00"},
        {"WithoutATime", R"({"text": "id", "decky": "d"})", ""},
        {"WithoutAReadableTime", R"({"text": "id", "ts": "yesterday"})", ""},
        {"WithATimeThatIsNoText", R"({"text": "id", "ts": 1772617200})", ""},
        {"WithoutAText", R"({"decky": "d", "ts": "2026-03-04T09:11:50Z"})", ""},
        {"WithADecoyThatIsNoText", R"({"text": "id", "decky": 7, "ts": "2026-03-04T09:11:50Z"})",
         "|id|2026-03-04T09:11:50+00:00"},
    }),
    [](const auto& row) { return row.param.name; });

// The payload of the event made from an entry is recognised by the same as the entry.
TEST(Typed, SurvivesBecomingAnEvent) {
  const Json entry = json(
      R"({"decky": "d", "command": "id", "timestamp": "2026-03-04T09:11:50Z", "service": "ssh"})");
  const auto event = command_event(attacker(), 0, entry);
  const auto before = typed_command(entry);
  const auto after = typed_command(event->payload);
  ASSERT_TRUE(before && after);
  EXPECT_EQ(after->text, before->text);
  EXPECT_EQ(after->decky, before->decky);
  EXPECT_EQ(after->instant, before->instant);
}

storage::CanaryTrigger trigger() {
  return {.uuid = "t-1",
          .token_uuid = "token-1",
          .occurred_at = {},
          .src_ip = "192.0.2.10",
          .user_agent = "curl/8.5.0",
          .request_path = "/c/slug",
          .dns_qname = std::nullopt,
          .raw_headers = json(R"({"host": "canary.example.org", "_fp": {"nav": {"wd": true}}})"),
          .attacker_id = "a-1"};
}

TEST(TriggerEvent, CarriesTheRow) {
  const auto event = trigger_event(trigger());
  EXPECT_EQ(event.source_kind, "canary_fingerprint");
  EXPECT_EQ(event.source_id, "t-1");
  EXPECT_THAT(event.attacker_uuid, Optional(std::string("a-1")));
  EXPECT_EQ(event.identity_uuid, std::nullopt);
  EXPECT_EQ(event.session_id, std::nullopt);
  EXPECT_EQ(event.decky_id, std::nullopt);
  EXPECT_EQ(event.payload,
            json(R"({"token_uuid": "token-1", "src_ip": "192.0.2.10", "request_path": "/c/slug",
                     "dns_qname": null, "user_agent": "curl/8.5.0", "ua_signature": "curl/8.5.0",
                     "headers": {"host": "canary.example.org", "_fp": {"nav": {"wd": true}}}})"));
}

TEST(TriggerEvent, OfADnsTokenHasNoAgentAndMayHaveNoAnchor) {
  auto row = trigger();
  row.user_agent.reset();
  row.attacker_id.reset();
  const auto event = trigger_event(std::move(row));
  EXPECT_FALSE(event.has_anchor());
  EXPECT_TRUE(event.payload.find("user_agent")->is_null());
  EXPECT_EQ(*event.payload.find("ua_signature"), Json(""));
}

TEST(TriggerEvent, TakesAnEmptyAttackerForNone) {
  auto row = trigger();
  row.attacker_id = "";
  EXPECT_FALSE(trigger_event(std::move(row)).has_anchor());
}

}  // namespace
}  // namespace decnet::pipeline

#include "decnet/worker/upstream.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "decnet/worker/topics.h"

namespace decnet::worker {
namespace {

using Outcome = Expansion::Outcome;
using testing::ElementsAre;
using testing::HasSubstr;

// What a database would say, and how often it was asked.
class Book final : public AttackerDirectory {
 public:
  std::map<std::string, Attacker, std::less<>> attackers = {
      {"198.51.100.23", {"a-1", "i-1"}}, {"203.0.113.77", {"a-2", std::nullopt}}};
  std::map<std::string, Json, std::less<>> intel;
  std::map<std::string, std::string, std::less<>> tagged;  // text of a command → its id
  bool away = false;
  int asked = 0;

  Result<std::optional<storage::Beacon>> beacon_of(std::string_view attacker_uuid) override {
    if (attacker_uuid != "a-1" || !comes_back) return std::optional<storage::Beacon>();
    return storage::Beacon{"a-1", std::nullopt, 60.5, 0.042};
  }
  Result<std::optional<storage::SharedPassword>> shared_password(
      std::string_view identity_uuid) override {
    if (identity_uuid != "i-1") return std::optional<storage::SharedPassword>();
    return storage::SharedPassword{"abc", 3};
  }
  Result<std::optional<std::string>> reused_secret(std::string_view finding) override {
    return finding == "cr-known" ? std::optional<std::string>("def") : std::nullopt;
  }
  bool comes_back = false;

  Result<std::optional<Attacker>> by_ip(std::string_view ip) override {
    ++asked;
    if (away) return fail(ErrorCode::kUnavailable, "away");
    const auto found = attackers.find(ip);
    if (found == attackers.end()) return std::optional<Attacker>();
    return std::optional(found->second);
  }
  Result<std::optional<Json>> intel_to_catch_up(std::string_view uuid) override {
    if (away) return fail(ErrorCode::kUnavailable, "away");
    const auto found = intel.find(uuid);
    if (found == intel.end()) return std::optional<Json>();
    return std::optional(found->second);
  }
  Result<std::vector<std::optional<std::string>>> tagged_from_history(
      std::string_view uuid, std::span<const storage::TypedCommand> commands) override {
    if (away) return fail(ErrorCode::kUnavailable, "away");
    ++asked_of_history;
    std::vector<std::optional<std::string>> ids;
    for (const auto& command : commands) {
      const auto found = tagged.find(fmt::format("{} {}", uuid, command.text));
      ids.push_back(found == tagged.end() ? std::nullopt : std::optional(found->second));
    }
    return ids;
  }
  int asked_of_history = 0;
};

bus::Envelope message(const std::string& topic, const std::string& payload,
                      const std::string& type = "") {
  bus::Envelope envelope;
  envelope.topic = topic;
  envelope.type = type;
  envelope.payload = Json::parse(payload).value();
  envelope.id = "m-1";
  return envelope;
}

// "kind id attacker identity session decky", "-" for null.
std::string line_of(const Event& event) {
  const auto or_dash = [](const std::optional<std::string>& text) { return text.value_or("-"); };
  return fmt::format("{} {} {} {} {} {}", event.source_kind, event.source_id,
                     or_dash(event.attacker_uuid), or_dash(event.identity_uuid),
                     or_dash(event.session_id), or_dash(event.decky_id));
}

std::vector<std::string> lines_of(const Expansion& expansion) {
  std::vector<std::string> lines;
  for (const Event& event : expansion.events) lines.push_back(line_of(event));
  return lines;
}

struct TopicCase {
  const char* topic;
  const char* type;
  const char* payload;
  std::vector<std::string> events;  // none: not dispatchable
};

class EveryTopic : public testing::TestWithParam<TopicCase> {};

TEST_P(EveryTopic, GivesItsEvents) {
  Book book;
  const auto expansion =
      expand(message(GetParam().topic, GetParam().payload, GetParam().type), book).value();
  EXPECT_EQ(lines_of(expansion), GetParam().events) << expansion.reason;
  EXPECT_EQ(expansion.outcome,
            GetParam().events.empty() ? Outcome::kNotDispatchable : Outcome::kEvents);
}

INSTANTIATE_TEST_SUITE_P(
    Session, EveryTopic,
    testing::Values(
        TopicCase{"attacker.session.ended",
                  "session.ended",
                  R"({"session_id":"s-1","attacker_uuid":null,"attacker_ip":"198.51.100.23",
                      "decky_id":"d-1","commands":[{"id":"s-1#0","command_text":"id"}]})",
                  {"session s-1 a-1 i-1 s-1 d-1", "command s-1#0 a-1 i-1 s-1 d-1"}},
        TopicCase{"attacker.session.ended",
                  "",
                  R"({"session_id":null,"attacker_ip":"203.0.113.77","decky_id":"",
                      "commands":["id"]})",
                  {"session a-2 a-2 - - ", "command a-2#cmd0 a-2 - - "}},
        TopicCase{"attacker.session.ended",
                  "",
                  R"({"session_id":"s-1","attacker_uuid":"a-9","attacker_ip":"192.0.2.1"})",
                  {"session s-1 a-9 - s-1 -"}},
        TopicCase{"attacker.session.ended",
                  "",
                  R"({"source_id":"x","session_id":"s-1","attacker_uuid":"a-9"})",
                  {"session x a-9 - s-1 -"}},
        TopicCase{"attacker.session.ended", "", R"({"session_id":"s-1"})", {}},
        TopicCase{
            "attacker.session.ended", "", R"({"session_id":"s","attacker_ip":"Unknown"})", {}},
        TopicCase{"attacker.session.ended", "", R"({"session_id":"s","attacker_ip":""})", {}},
        TopicCase{"attacker.session.ended", "", R"({"session_id":"s","attacker_ip":7})", {}},
        TopicCase{"attacker.observed",
                  "observed",
                  R"({"attacker_ip":"203.0.113.77","decky":"mail","service":"smtp"})",
                  {"session a-2 a-2 - - -"}}));

// The index counts every element; an element's own session and decoy are not asked.
INSTANTIATE_TEST_SUITE_P(Commands, EveryTopic,
                         testing::Values(TopicCase{
                             "attacker.session.ended",
                             "",
                             R"({"session_id":"s","attacker_uuid":"a","commands":[
            "one", null, {"text":"three"}, {"command_text":"","text":"four","uuid":"u-4"}, 5,
            {"command_text":7,"text":"six"}, {"id":"no text"}, [], {"id":0,"command_id":12,
            "text":"nine"}, {"command_text":"ten","session_id":"other","decky":"other"}, ""]})",
                             {"session s a - s -", "command s#cmd0 a - s -",
                              "command s#cmd2 a - s -", "command u-4 a - s -", "command 12 a - s -",
                              "command s#cmd9 a - s -", "command s#cmd10 a - s -"}}));

INSTANTIATE_TEST_SUITE_P(
    Others, EveryTopic,
    testing::Values(
        TopicCase{"attacker.intel.enriched",
                  "intel.enriched",
                  R"({"attacker_uuid":"a-1","attacker_ip":"198.51.100.23"})",
                  {"intel a-1 a-1 - - -"}},
        TopicCase{"attacker.fingerprinted",
                  "ipv6_leak",
                  R"({"attacker_ip":"198.51.100.23","addr":"fe80::1"})",
                  {"ipv6_leak a-1 a-1 i-1 - -"}},
        TopicCase{"attacker.fingerprinted",
                  "jarm",
                  R"({"attacker_ip":"198.51.100.23"})",
                  {"jarm a-1 a-1 i-1 - -"}},
        TopicCase{"attacker.fingerprinted",
                  "jarm",
                  R"({"attacker_ip":"198.51.100.23","port":443,"jarm_hash":"2ad2ad"})",
                  {"session jarm:a-1:2ad2ad a-1 i-1 - -"}},
        // The same finding again, whatever session it came up in.
        TopicCase{"attacker.fingerprinted",
                  "jarm",
                  R"({"attacker_ip":"198.51.100.23","session_id":"s-1","jarm_hash":"2ad2ad"})",
                  {"session jarm:a-1:2ad2ad a-1 i-1 s-1 -"}},
        TopicCase{"attacker.fingerprinted",
                  "hassh",
                  R"({"attacker_ip":"198.51.100.23","port":22,"hassh_server":"b12d28"})",
                  {"session hassh:a-1:b12d28 a-1 i-1 - -"}},
        TopicCase{"attacker.fingerprinted",
                  "hassh",
                  R"({"attacker_ip":"198.51.100.23","port":22,"hassh_server":["b12d28"]})",
                  {"hassh a-1 a-1 i-1 - -"}},
        TopicCase{"attacker.fingerprinted",
                  "tcpfp",
                  R"({"attacker_ip":"198.51.100.23","port":22,"tcpfp_hash":"b12d28"})",
                  {"tcpfp a-1 a-1 i-1 - -"}},
        TopicCase{"attacker.fingerprinted", "", R"({"attacker_ip":"198.51.100.23"})", {}},
        TopicCase{"identity.formed",
                  "formed",
                  R"({"identity_uuid":"i-7","observation_uuids":["a-1"]})",
                  {"identity i-7 - i-7 - -"}},
        TopicCase{"identity.merged",
                  "merged",
                  R"({"winner_uuid":"w","loser_uuid":"l"})",
                  {"identity w:l - w - -"}},
        TopicCase{"identity.merged", "merged", R"({"loser_uuid":"l"})", {}},
        TopicCase{"credential.reuse.detected",
                  "reuse.detected",
                  R"({"id":"cr-1","attacker_uuids":["a-1","",null,7,"a-2"]})",
                  {"credential cr-1:a-1 a-1 - - -", "credential cr-1:a-2 a-2 - - -"}},
        TopicCase{"credential.reuse.detected", "", R"({"id":"cr-1","attacker_uuids":[]})", {}},
        TopicCase{"credential.reuse.detected", "", R"({"id":"cr-1","attacker_uuids":"a"})", {}},
        TopicCase{"email.received",
                  "received",
                  R"({"source_id":"q-1","attacker_uuid":"a-1","decky_id":"mail"})",
                  {"email q-1 a-1 - - mail"}},
        TopicCase{"email.received",
                  "received",
                  R"({"source_id":null,"attacker_uuid":"a-1"})",
                  {"email a-1 a-1 - - -"}},
        TopicCase{"canary.tok.triggered",
                  "",
                  R"({"token_id":"tok","trigger_id":"tr","src_ip":"198.51.100.23"})",
                  {"canary_fingerprint tr a-1 i-1 - -"}},
        TopicCase{"canary.tok.triggered",
                  "",
                  R"({"token_id":"tok","src_ip":"203.0.113.77"})",
                  {"canary_fingerprint tok a-2 - - -"}},
        TopicCase{"canary.tok.placed", "", R"({"token_id":"tok","attacker_uuid":"a-1"})", {}},
        TopicCase{"canary.tok.revoked", "", R"({"token_id":"tok","src_ip":"198.51.100.23"})", {}},
        // src_ip says who only for canaries.
        TopicCase{"attacker.observed", "", R"({"src_ip":"198.51.100.23"})", {}}));

TEST(Expand, AsksNobodyWhenTheAnchorIsNamed) {
  Book book;
  ASSERT_TRUE(expand(message("email.received", R"({"attacker_uuid":"a-5"})"), book));
  ASSERT_TRUE(expand(message("identity.formed", R"({"identity_uuid":"i-5"})"), book));
  EXPECT_EQ(book.asked, 0);
}

TEST(Expand, AnAttackerWithoutRowIsForLater) {
  Book book;
  for (const auto* topic : {"attacker.session.ended", "attacker.observed"}) {
    const auto expansion = expand(message(topic, R"({"attacker_ip":"192.0.2.9"})"), book).value();
    EXPECT_EQ(expansion.outcome, Outcome::kUnknownAttacker);
    EXPECT_EQ(expansion.ip, "192.0.2.9");
    EXPECT_TRUE(expansion.events.empty());
  }
}

TEST(Expand, ACommandTaggedBeforeItCameKeepsItsId) {
  Book book;
  book.tagged["a-1 id"] = "a-1#cmd7";
  const auto ended =
      expand(message("attacker.session.ended",
                     R"({"session_id":"s-1","attacker_ip":"198.51.100.23","commands":[
                         {"id":"s-1#0","command_text":"ls","ts":"2026-03-04T10:00:00Z"},
                         {"id":"s-1#1","command_text":"id","ts":"2026-03-04T10:00:01Z"},
                         {"id":"s-1#2","command_text":"id"}]})"),
             book)
          .value();
  EXPECT_THAT(lines_of(ended),
              ElementsAre("session s-1 a-1 i-1 s-1 -",  //
                          "command s-1#0 a-1 i-1 s-1 -", "command a-1#cmd7 a-1 i-1 s-1 -",
                          "command s-1#2 a-1 i-1 s-1 -"));
  EXPECT_EQ(book.asked_of_history, 1) << "once for all of a session";
}

TEST(Expand, WithoutATimeNothingCanBeRecognised) {
  Book book;
  ASSERT_TRUE(expand(
      message("attacker.session.ended", R"({"attacker_ip":"198.51.100.23","commands":["id"]})"),
      book));
  EXPECT_EQ(book.asked_of_history, 0);
}

TEST(Expand, ADatabaseThatIsAwayIsAnError) {
  Book book;
  book.away = true;
  const auto tried = expand(message("attacker.observed", R"({"attacker_ip":"192.0.2.9"})"), book);
  ASSERT_FALSE(tried);
  EXPECT_EQ(tried.error().code, ErrorCode::kUnavailable);
}

TEST(Expand, ASessionsEndBringsStoredIntelLast) {
  Book book;
  book.intel["a-1"] = Json::object({{"abuseipdb_score", 88}});
  const char* session = R"({"session_id":"s-1","attacker_ip":"198.51.100.23","commands":["id"]})";
  const auto ended = expand(message("attacker.session.ended", session), book).value();
  EXPECT_THAT(lines_of(ended),
              ElementsAre("session s-1 a-1 i-1 s-1 -", "command s-1#cmd0 a-1 i-1 s-1 -",
                          "intel intel-catchup:s-1 a-1 i-1 s-1 -"));
  EXPECT_EQ(ended.events.back().payload.dump(), R"({"abuseipdb_score":88})");
  const auto nameless =
      expand(message("attacker.session.ended", R"({"attacker_ip":"198.51.100.23"})"), book).value();
  EXPECT_EQ(nameless.events.back().source_id, "intel-catchup:a-1");
  const auto observed =
      expand(message("attacker.observed", R"({"attacker_ip":"198.51.100.23"})"), book).value();
  EXPECT_EQ(observed.events.size(), 1U);
}

TEST(Expand, ACommandCarriesItsWholeElement) {
  Book book;
  const auto expansion =
      expand(message("attacker.session.ended",
                     R"({"attacker_uuid":"a","commands":[{"text":"id","uid":"0","ts":"t"}]})"),
             book)
          .value();
  EXPECT_EQ(expansion.events.back().payload.dump(),
            R"({"text":"id","uid":"0","ts":"t","command_text":"id"})");
}

// Every value in place of every field of every topic: whatever comes out, it comes out.
TEST(Expand, SurvivesEveryTypeInEveryField) {
  const std::vector<std::string> values = {
      "null",
      "true",
      "0",
      "-1",
      "1e308",
      "9223372036854775807",
      R"("")",
      R"("x")",
      R"("\u0000\u001b[2J")",
      "[]",
      "{}",
      R"(["x",null,7,{"id":[]}])",
      R"({"id":{"a":[1]}})",
      R"([[[[["x"]]]]])",
      R"([{"id":{},"text":"x"},{"command_text":[],"text":{}}])"};
  const std::vector<std::string> fields = {"source_id",
                                           "session_id",
                                           "token_id",
                                           "identity_uuid",
                                           "credential_id",
                                           "attacker_uuid",
                                           "uuid",
                                           "attacker_ip",
                                           "src_ip",
                                           "trigger_id",
                                           "winner_uuid",
                                           "loser_uuid",
                                           "id",
                                           "commands",
                                           "attacker_uuids",
                                           "decky_id",
                                           "observation_uuids"};
  const std::vector<std::string> bases = {"{}", R"({"attacker_uuid":"a-1"})",
                                          R"({"attacker_ip":"198.51.100.23","session_id":"s"})"};
  std::vector<std::string> topics(kSubscriptions.begin(), kSubscriptions.end());
  topics.back() = "canary.tok.triggered";
  std::size_t events = 0;
  for (const auto& topic : topics) {
    for (const auto& base : bases) {
      for (const auto& field : fields) {
        for (const auto& value : values) {
          Book book;
          auto odd = message(topic, base, "ipv6_leak");
          odd.payload.set(field, Json::parse(value).value());
          const auto expansion = expand(odd, book);
          ASSERT_TRUE(expansion) << topic << " " << field << " " << value;
          for (const Event& event : expansion->events) {
            EXPECT_TRUE(event.has_anchor()) << topic << " " << field << " " << value;
            EXPECT_FALSE(event.source_id.empty()) << topic << " " << field << " " << value;
            ++events;
          }
        }
      }
    }
  }
  EXPECT_GT(events, 1000U);
}

TEST(Expand, APayloadThatIsNoObjectHasNoAnchor) {
  for (const auto* payload : {"null", "[]", "7", R"("x")", R"([{"attacker_uuid":"a"}])"}) {
    for (const auto topic : kSubscriptions) {
      Book book;
      const auto expansion = expand(message(std::string(topic), payload, "jarm"), book);
      ASSERT_TRUE(expansion);
      EXPECT_EQ(expansion->outcome, Outcome::kNotDispatchable);
    }
  }
}

// A message of one frame must not become gigabytes: what is copied for each event is bounded.
TEST(Expand, RefusesToMultiplyWhatIsLarge) {
  Book book;
  auto session = message("attacker.session.ended", R"({"attacker_uuid":"a"})");
  session.payload.set("session_id", std::string(400'000, 's'));
  session.payload.set("commands", Json::Array(50'000, Json("id")));
  const auto many_commands = expand(session, book).value();
  EXPECT_EQ(many_commands.outcome, Outcome::kOversized);
  EXPECT_TRUE(many_commands.events.empty());
  EXPECT_THAT(many_commands.reason, HasSubstr("50000"));

  auto reuse = message("credential.reuse.detected", R"({"id":"cr"})");
  reuse.payload.set("attacker_uuids", Json::Array(50'000, Json("a-1")));
  EXPECT_EQ(expand(reuse, book).value().outcome, Outcome::kOversized);
}

TEST(Expand, TakesALongSessionWhole) {
  Book book;
  auto session = message("attacker.session.ended",
                         R"({"attacker_uuid":"5d0c6f2e-0000-4000-8000-00000000a001"})");
  session.payload.set("session_id", "s-9f01");
  session.payload.set("commands", Json::Array(20'000, Json("id")));
  EXPECT_EQ(expand(session, book).value().events.size(), 20'001U);
}

// What stands in the payload of the message's first event.
std::string told(const bus::Envelope& message, Book& book, std::string_view key) {
  const auto events = expand(message, book).value().events;
  const Json* value = events.empty() ? nullptr : events.front().payload.find(key);
  return value == nullptr ? "-" : value->dump();
}

TEST(Expand, ASessionSaysWhatItsCommandsAddUpTo) {
  Book book;
  const auto session =
      message("attacker.session.ended", R"({"attacker_uuid":"a-1","session_id":"s","commands":)"
                                        R"(["cat .env; cat /x/.ssh/id_rsa"]})");
  EXPECT_EQ(told(session, book, "matched_path"), R"(".env")");
  const auto events = expand(session, book).value().events;
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].source_kind, "session");
  EXPECT_EQ(events[1].source_kind, "command");
  EXPECT_EQ(events[2].source_id, "s#file:/x/.ssh/id_rsa");
}

TEST(Expand, HowAnAttackerComesBackIsAnEventOfHisOwn) {
  Book book;
  book.comes_back = true;
  for (const char* topic : {"attacker.session.ended", "attacker.observed"}) {
    const auto events =
        expand(message(topic, R"({"attacker_uuid":"a-1","session_id":"s"})"), book).value().events;
    ASSERT_EQ(events.size(), 2U) << topic;
    EXPECT_EQ(events[1].source_kind, "session");
    EXPECT_EQ(events[1].source_id, "a-1");
    EXPECT_EQ(events[1].payload.dump(), R"({"beacon_interval_s":60.5,"beacon_jitter_pct":0.042})");
  }
}

TEST(Expand, AnIdentitySaysWhichPasswordItsAttackersShare) {
  Book book;
  const auto formed = message("identity.formed", R"({"identity_uuid":"i-1"})");
  EXPECT_EQ(told(formed, book, "shared_password_hash"), R"("abc")");
  EXPECT_EQ(told(formed, book, "account_count"), "3");
  const auto other = message("identity.formed", R"({"identity_uuid":"i-2"})");
  EXPECT_EQ(told(other, book, "shared_password_hash"), "-");
  // A producer that says it knows better.
  const auto itself =
      message("identity.formed", R"({"identity_uuid":"i-1","shared_password_hash":"x"})");
  EXPECT_EQ(told(itself, book, "shared_password_hash"), R"("x")");
}

TEST(Expand, AFindingSaysWhichSecretAndHowOften) {
  Book book;
  const auto known = message("credential.reuse.detected",
                             R"({"id":"cr-known","target_count":3,"attacker_uuids":["a-1"]})");
  EXPECT_EQ(told(known, book, "credential_hash"), R"("def")");
  EXPECT_EQ(told(known, book, "reuse_count"), "2");
  const auto unknown = message("credential.reuse.detected",
                               R"({"id":"cr-1","target_count":1,"attacker_uuids":["a-1"]})");
  EXPECT_EQ(told(unknown, book, "credential_hash"), R"("finding:cr-1")");
  EXPECT_EQ(told(unknown, book, "reuse_count"), "-");
}

// What an import says of logins and requests is the event that it stored.
TEST(Expand, AnImportedEventKeepsItsId) {
  Book book;
  auto imported = message("attacker.fingerprinted",
                          R"({"raw_url":"/","source_id":"e-1","attacker_uuid":null,)"
                          R"("attacker_ip":"198.51.100.23","session_id":null,"decky_id":"web"})");
  imported.type = "http_request";
  const auto events = expand(imported, book).value().events;
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].source_kind, "http_request");
  EXPECT_EQ(events[0].source_id, "e-1");
  EXPECT_EQ(events[0].attacker_uuid, "a-1");
  EXPECT_EQ(events[0].decky_id, "web");
  EXPECT_FALSE(events[0].session_id);
}

}  // namespace
}  // namespace decnet::worker

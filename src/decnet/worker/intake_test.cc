// Intake on a real database and the memory bus: what is counted, acknowledged, tried again and
// buried. Troubles of the database are made with triggers of its own.
#include "decnet/worker/intake.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <thread>

#include "decnet/base/log.h"
#include "decnet/bus/memory/memory_bus.h"
#include "decnet/lifters/lifting_test.h"
#include "decnet/storage/test_backend.h"
#include "tests/test_main.h"

namespace decnet::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::SizeIs;

const UtcTime kNow = *parse_time("2026-03-04T10:06:00Z");

class FixedClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return kNow; }
};
const FixedClock kClock;

class IntakeTest : public testing::Test {
 protected:
  explicit IntakeTest(bool own_tables = true) : store_(make_store(own_tables)) {
    storage::test::add_attacker(*store_, "a-1", "198.51.100.23", "2026-03-04 10:00:00.000000",
                                "[]");
  }
  static std::unique_ptr<storage::test::TestDatabase> make_store(bool own_tables) {
    for (const auto& backend : storage::test::backends()) {
      if (backend.has_own_tables == own_tables) return backend.make();
    }
    return nullptr;
  }

  // One session of that address with one command; true to the topic's form.
  void say(const std::string& session, const std::string& ip, const std::string& command) {
    const Json payload =
        Json::object({{"session_id", session},
                      {"attacker_ip", ip},
                      {"commands", Json::Array{Json::object({{"id", session + "-c"},
                                                             {"command_text", command},
                                                             {"ts", "2026-03-04T10:05:00Z"}})}}});
    ASSERT_TRUE(
        bus_->publish(bus::make_envelope("attacker.session.ended", "ended", payload, kNow)));
  }
  std::vector<bus::Delivery> deliveries() { return subscription_->next(100, milliseconds{0}); }
  void take(std::span<const bus::Delivery> deliveries) { intake_.take(deliveries, *subscription_); }

  // The database from now on refuses tags whose evidence has that text.
  void refuse_tags_with(const std::string& text) {
    store_->execute("CREATE TRIGGER no BEFORE INSERT ON ttp_tag WHEN NEW.evidence LIKE '%" + text +
                    "%' BEGIN SELECT RAISE(ABORT, 'not this one'); END");
  }
  std::string count(const std::string& table) {
    return store_->value("SELECT count(*) FROM " + table);
  }

  std::unique_ptr<storage::test::TestDatabase> store_;
  std::unique_ptr<storage::Database> database_ = store_->open().value();
  std::unique_ptr<bus::Bus> bus_ = bus::make_memory_bus();
  const std::vector<std::string> patterns_ = {"attacker.>", "email.>"};
  std::unique_ptr<bus::Subscription> subscription_ = bus_->subscribe(patterns_, "").value();
  tagging::Tagger tagger_{
      lifters::test::rule_set({lifters::test::rule(
          "R1", "[command]", "{field: command_text, pattern: 'wget|curl'}", "[command_text]")}),
      kClock};
  IntakeCounters counters_;
  int announced_ = 0;
  Intake intake_{{tagger_, database_->attackers(), database_->ledger(), kClock,
                  [](milliseconds) { return false; },
                  [this](std::vector<storage::OutboxMessage>) { ++announced_; }},
                 counters_};
};

TEST_F(IntakeTest, CommitsCountsAndAcknowledges) {
  say("s-1", "198.51.100.23", "wget x");
  say("s-2", "198.51.100.23", "ls");
  take(deliveries());
  EXPECT_EQ(counters_.messages, 2U);
  EXPECT_EQ(counters_.tags, 1U);
  EXPECT_EQ(announced_, 1);
  EXPECT_EQ(count("ttp_tag"), "1");
  EXPECT_EQ(count("decnet_seen"), "2");
  EXPECT_EQ(subscription_->depth(), 0U);
}

// Reading an attacker's mail takes its time: not that of whoever commits.
TEST_F(IntakeTest, MailsAreReadAsideBeforeAnythingIsCommitted) {
  const tagging::Tagger tagger(
      lifters::test::rule_set({lifters::test::rule(
          "R1", "[email]", "{kind: 'lifter:email_malicious_attachment', triggers: [iso]}")}),
      kClock);
  std::thread::id reader;
  std::string tags_meanwhile;
  IntakeCounters counters;
  Intake intake({tagger,
                 database_->attackers(),
                 database_->ledger(),
                 kClock,
                 [](milliseconds) { return false; },
                 [](const std::vector<storage::OutboxMessage>&) {},
                 nullptr,
                 {},
                 nullptr,
                 [&](Event& event) {
                   reader = std::this_thread::get_id();
                   tags_meanwhile = count("ttp_tag");
                   event.payload.set("attachment_extensions", Json::array({".iso"}));
                 }},
                counters);
  ASSERT_TRUE(bus_->publish(
      bus::make_envelope("email.received", "received",
                         Json::object({{"source_id", "m-1"}, {"attacker_uuid", "a-1"}}), kNow)));
  intake.take(deliveries(), *subscription_);
  EXPECT_EQ(count("ttp_tag"), "1");
  EXPECT_EQ(tags_meanwhile, "0");
  EXPECT_NE(reader, std::this_thread::get_id());
  EXPECT_NE(reader, std::thread::id());
}

TEST_F(IntakeTest, WhatTheDatabaseRefusesCostsItselfOnlyAndIsCountedOnce) {
  refuse_tags_with("poison");
  say("s-1", "198.51.100.23", "wget x");
  say("s-2", "198.51.100.23", "curl poison");
  say("s-3", "198.51.100.23", "curl y");
  say("s-4", "203.0.113.77", "curl z");
  take(deliveries());
  EXPECT_EQ(counters_.tags, 2U);
  EXPECT_EQ(counters_.messages, 3U);
  EXPECT_EQ(counters_.dead_letters, 1U);
  EXPECT_EQ(counters_.retries, 1U) << "the unknown attacker's";
  EXPECT_EQ(count("ttp_tag"), "2");
  const auto letters = database_->ledger().dead_letters(10).value();
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_THAT(letters.front().payload.dump(), HasSubstr("poison"));
  EXPECT_THAT(letters.front().reason, HasSubstr("not this one"));
}

TEST_F(IntakeTest, WhatCannotEvenBeBuriedIsPostponed) {
  refuse_tags_with("poison");
  store_->execute(
      "CREATE TRIGGER none BEFORE INSERT ON decnet_dead_letter "
      "BEGIN SELECT RAISE(ABORT, 'no'); END");
  say("s-2", "198.51.100.23", "curl poison");
  take(deliveries());
  EXPECT_EQ(counters_.dead_letters, 0U);
  EXPECT_EQ(counters_.messages, 0U);
  EXPECT_EQ(subscription_->depth(), 1U);
}

TEST_F(IntakeTest, AnUnknownAttackerIsTriedFourTimesMore) {
  say("s-1", "203.0.113.77", "wget x");
  auto delivered = deliveries();
  ASSERT_THAT(delivered, SizeIs(1));
  take(delivered);
  EXPECT_EQ(counters_.retries, 1U);
  EXPECT_EQ(subscription_->depth(), 1U);
  delivered.front().attempt = Intake::kRetryDelays.size();
  take(delivered);
  EXPECT_EQ(counters_.dead_letters, 0U);
  delivered.front().attempt = Intake::kRetryDelays.size() + 1;
  take(delivered);
  EXPECT_EQ(counters_.dead_letters, 1U);
  EXPECT_EQ(count("decnet_dead_letter"), "1");
}

// A durable transport also counts the deliveries to processes that died: they are no patience.
TEST_F(IntakeTest, AnUnknownAttackerIsGivenItsTimeWhateverTheAttempts) {
  say("s-1", "203.0.113.77", "wget x");
  auto delivered = deliveries();
  ASSERT_THAT(delivered, SizeIs(1));
  delivered.front().attempt = Intake::kRetryDelays.size() + 3;
  delivered.front().taken_at = kNow - seconds(80);
  take(delivered);
  EXPECT_EQ(counters_.dead_letters, 0U);
  EXPECT_EQ(counters_.retries, 1U);
  delivered.front().taken_at = kNow - seconds(81);
  take(delivered);
  EXPECT_EQ(counters_.dead_letters, 1U);
}

// The process ends at one message of a batch, again and again: the first that is left is it.
TEST_F(IntakeTest, OfWhatKeepsComingBackOnlyTheFirstIsBuried) {
  for (int i = 0; i < 5; ++i) say(fmt::format("s-{}", i), "198.51.100.23", "wget x");
  auto delivered = deliveries();
  for (auto& delivery : delivered) delivery.attempt = Intake::kMaxAttempts + 1;
  take(delivered);
  EXPECT_EQ(counters_.dead_letters, 1U);
  EXPECT_EQ(counters_.messages, 5U);
  EXPECT_EQ(counters_.tags, 4U);
  EXPECT_THAT(database_->ledger().dead_letter(1).value()->reason, HasSubstr("21 times"));
}

// As a durable transport delivers what it could not read.
bus::Delivery damaged(const std::string& body) {
  bus::Delivery delivery;
  delivery.envelope.topic = "attacker.session.ended";
  delivery.envelope.payload =
      Json::object({{"undecodable", body}, {"bytes", static_cast<std::int64_t>(body.size())}});
  delivery.damage = "not JSON";
  return delivery;
}

TEST_F(IntakeTest, WhatIsNoEnvelopeIsBuriedAndCostsItselfOnly) {
  say("s-1", "198.51.100.23", "wget x");
  auto delivered = deliveries();
  ASSERT_THAT(delivered, SizeIs(1));
  delivered.insert(delivered.begin(), damaged("nonsense"));
  take(delivered);
  EXPECT_EQ(counters_.messages, 2U);
  EXPECT_EQ(counters_.tags, 1U);
  EXPECT_EQ(counters_.dead_letters, 1U);
  const auto letter = database_->ledger().dead_letter(1).value();
  ASSERT_TRUE(letter);
  EXPECT_EQ(letter->reason, "no envelope: not JSON");
  EXPECT_EQ(letter->message_id, "");
  EXPECT_EQ(letter->topic, "attacker.session.ended");
  EXPECT_THAT(letter->payload.dump(), HasSubstr("nonsense"));
}

TEST_F(IntakeTest, AFloodOfWhatIsNoEnvelopeFillsNeitherDiskNorLog) {
  const log::Capture log;
  const std::vector<bus::Delivery> batch(500, damaged("nonsense"));
  for (int i = 0; i < 3; ++i) take(batch);
  EXPECT_EQ(counters_.messages, 1500U) << "they are done with";
  EXPECT_EQ(counters_.dead_letters, Intake::kMaxDamaged);
  EXPECT_EQ(counters_.dead_letters_lost, 1500U - Intake::kMaxDamaged);
  EXPECT_EQ(count("decnet_dead_letter"), std::to_string(Intake::kMaxDamaged));
  EXPECT_THAT(log.records(), SizeIs(log::LimitedWarning::kAtOnce));
}

// On a framework database as it was found.
class AsideTest : public IntakeTest {
 protected:
  AsideTest() : IntakeTest(false) {}
  // Messages of attackers that nobody wrote a row for.
  void bury(Intake& intake, int count) {
    for (int i = 0; i < count; ++i) say(fmt::format("s-{}", i), "203.0.113.77", "wget x");
    auto delivered = deliveries();
    for (auto& delivery : delivered) delivery.attempt = Intake::kRetryDelays.size() + 1;
    intake.take(delivered, *subscription_);
    EXPECT_EQ(counters_.messages, static_cast<std::uint64_t>(count)) << "acknowledged";
  }
  Intake with(storage::DeadLetterFiles& files) {
    return Intake({.tagger = tagger_,
                   .attackers = database_->attackers(),
                   .ledger = database_->ledger(),
                   .clock = kClock,
                   .wait = [](milliseconds) { return false; },
                   .announced = [](const std::vector<storage::OutboxMessage>&) {},
                   .dead_letters = &files},
                  counters_);
  }

  const decnet::test::TempDir directory_;
};

TEST_F(AsideTest, ADeadLetterWithoutATableIsAFile) {
  storage::DeadLetterFiles files(directory_.path() / "dead-letters");
  Intake intake = with(files);
  bury(intake, 1);
  EXPECT_EQ(counters_.dead_letters, 1U);
  EXPECT_EQ(counters_.dead_letters_lost, 0U);
  const auto letters = files.oldest(10).value();
  ASSERT_THAT(letters, SizeIs(1));
  EXPECT_THAT(letters.front().reason, HasSubstr("no attacker row"));
  EXPECT_THAT(letters.front().payload.dump(), HasSubstr("wget x"));
}

TEST_F(AsideTest, WhatThereIsNoRoomForIsSaidAndCounted) {
  const log::Capture log;
  storage::DeadLetterFiles files(directory_.path() / "dead-letters", {.count = 1, .bytes = 10'000});
  Intake intake = with(files);
  bury(intake, 2);
  EXPECT_EQ(counters_.dead_letters, 1U);
  EXPECT_EQ(counters_.dead_letters_lost, 1U);
  EXPECT_THAT(log.records().back().message,
              testing::AllOf(HasSubstr("dead letter lost"), HasSubstr("attacker.session.ended"),
                             HasSubstr("no attacker row"), HasSubstr("no more are kept")));
}

TEST_F(AsideTest, WithoutAnyPlaceItIsSaidAndCounted) {
  const log::Capture log;
  bury(intake_, 1);
  EXPECT_EQ(counters_.dead_letters, 0U);
  EXPECT_EQ(counters_.dead_letters_lost, 1U);
  EXPECT_EQ(log.records().back().level, log::Level::kWarning);
  EXPECT_THAT(log.records().back().message, HasSubstr("dead letter lost: attacker.session.ended"));
}

TEST_F(IntakeTest, AStoredEventThatIsRefusedDoesNotHoldTheCursor) {
  refuse_tags_with("poison");
  std::vector<Event> events;
  for (const std::string text : {"wget poison", "wget x"}) {
    auto event = lifters::test::event("command", Json::object({{"command_text", text}}));
    event.source_id = text;
    event.attacker_uuid = "a-1";
    events.push_back(event);
  }
  const storage::Cursor here{kNow, "k"};
  EXPECT_TRUE(intake_.take_events(events, {{"somewhere", here}}));
  EXPECT_EQ(count("ttp_tag"), "1");
  EXPECT_EQ(database_->ledger().cursor("somewhere").value(), here);
}

// One that counts: of each reason, what is withheld is not stored, and told after the commit.
class WithheldTest : public IntakeTest {
 protected:
  static std::string rule(const char* id, const char* confidence) {
    std::string text =
        lifters::test::rule(id, "[command]", "{field: command_text, pattern: 'wget|curl'}");
    return text.replace(text.find("0.85"), 4, confidence);
  }
  // "R1 rule_disabled s-1-c", in the order they were told.
  void hear(std::span<const Suppressed> withheld) {
    for (const Suppressed& one : withheld) {
      told_.push_back(
          fmt::format("{} {} {}", one.rule_id.text(), to_string(one.reason), one.source_id));
    }
  }
  std::vector<std::string> rules_of_stored_tags() {
    return store_->rows("SELECT rule_id || ' ' || source_id FROM ttp_tag ORDER BY rowid");
  }

  std::vector<std::string> told_;
  tagging::RateLimit limit_{{.count = 2, .window = seconds(60)}, kClock};
  Intake limited_{{tagger_, database_->attackers(), database_->ledger(), kClock,
                   [](milliseconds) { return false; }, [](std::vector<storage::OutboxMessage>) {},
                   &limit_, [this](std::span<const Suppressed> withheld) { hear(withheld); }},
                  counters_};
};

TEST_F(WithheldTest, TellsOfWhatDisabledRulesWouldHaveGivenAndOfWhatIsTooWeak) {
  tagger_.set(lifters::test::rule_set(
                  {rule("R1", "0.9"), rule("R2", "0.25"), rule("R3", "0.9"), rule("R4", "0.9")}),
              {{RuleId("R1"), {.kind = rules::State::Kind::kDisabled}},
               {RuleId("R3"), {.kind = rules::State::Kind::kClipped, .confidence_max = 0.29}}});
  say("s-1", "198.51.100.23", "wget x");
  limited_.take(deliveries(), *subscription_);
  EXPECT_THAT(told_, testing::ElementsAre("R1 rule_disabled s-1-c", "R2 below_floor s-1-c",
                                          "R3 below_floor s-1-c"));
  EXPECT_THAT(rules_of_stored_tags(), testing::ElementsAre("R4 s-1-c"));
}

TEST_F(WithheldTest, ARuleTagsOneAttackerAsOftenAsItMay) {
  storage::test::add_attacker(*store_, "a-2", "198.51.100.24", "2026-03-04 10:00:00.000000", "[]");
  for (int i = 0; i < 4; ++i) say(fmt::format("s-{}", i), "198.51.100.23", "wget x");
  say("s-9", "198.51.100.24", "wget x");
  limited_.take(deliveries(), *subscription_);
  EXPECT_THAT(told_, testing::ElementsAre("R1 rate_limited s-2-c", "R1 rate_limited s-3-c"));
  EXPECT_EQ(count("ttp_tag"), "3");
  EXPECT_EQ(counters_.messages, 5U) << "they are done with";
}

TEST_F(WithheldTest, WhatIsTooWeakUsesUpNothing) {
  tagger_.set_states(
      {{RuleId("R1"), {.kind = rules::State::Kind::kClipped, .confidence_max = 0.1}}});
  for (int i = 0; i < 4; ++i) say(fmt::format("s-{}", i), "198.51.100.23", "wget x");
  limited_.take(deliveries(), *subscription_);
  EXPECT_THAT(told_, SizeIs(4));
  EXPECT_THAT(told_, testing::Each(HasSubstr("below_floor")));
}

TEST_F(WithheldTest, CatchUpIsNotLimited) {
  std::vector<Event> events;
  for (int i = 0; i < 5; ++i) {
    auto event = lifters::test::event("command", Json::object({{"command_text", "wget x"}}));
    event.source_id = fmt::format("h-{}", i);
    event.attacker_uuid = "a-1";
    events.push_back(event);
  }
  EXPECT_TRUE(limited_.take_events(events, {}));
  EXPECT_EQ(count("ttp_tag"), "5");
  EXPECT_THAT(told_, SizeIs(0));
}

TEST_F(WithheldTest, NothingIsToldBeforeItIsCommitted) {
  tagger_.set_states({{RuleId("R1"), {.kind = rules::State::Kind::kDisabled}}});
  say("s-1", "198.51.100.23", "wget x");
  const auto delivered = deliveries();
  database_->set_patience(milliseconds{10});
  store_->execute("BEGIN EXCLUSIVE");
  limited_.take(delivered, *subscription_);
  store_->execute("COMMIT");
  EXPECT_THAT(told_, SizeIs(0));
  limited_.take(delivered, *subscription_);
  EXPECT_THAT(told_, testing::ElementsAre("R1 rule_disabled s-1-c"));
}

TEST_F(IntakeTest, NothingIsAcknowledgedWhileTheDatabaseIsAway) {
  say("s-1", "198.51.100.23", "wget x");
  const auto delivered = deliveries();
  database_->set_patience(milliseconds{10});
  store_->execute("BEGIN EXCLUSIVE");
  take(delivered);  // gives up at once: the worker is to stop
  store_->execute("COMMIT");
  EXPECT_EQ(counters_.messages, 0U);
  EXPECT_GE(counters_.database_failures, 1U);
  EXPECT_EQ(count("ttp_tag"), "0");
  take(delivered);
  EXPECT_EQ(count("ttp_tag"), "1");
}

}  // namespace
}  // namespace decnet::worker

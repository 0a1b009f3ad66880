#include "decnet/worker/catch_up.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "decnet/attack/catalogue.h"
#include "decnet/pipeline/replay.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/rule_set.h"
#include "decnet/storage/database.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::worker {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

class SetClock final : public Clock {
 public:
  [[nodiscard]] UtcTime now() const override { return time; }
  UtcTime time = *parse_time("2026-03-04T12:00:00Z");
};

std::shared_ptr<const rules::RuleSet> rules_for_everything() {
  std::vector<rules::Definition> definitions;
  std::vector<rules::Problem> problems;
  for (const auto& [kind, field] :
       std::vector<std::pair<std::string, std::string>>{{"command", "command_text"},
                                                        {"intel", "aggregate_verdict"},
                                                        {"canary_fingerprint", "request_path"}}) {
    auto definition = rules::read_definition(
        fmt::format("rule_id: E-{0}\nrule_version: 1\nname: any\napplies_to: [{0}]\n"
                    "match: {{pattern: 'a', field: {1}}}\n"
                    "emits: [{{technique_id: T1059, tactic: TA0002, confidence: 0.9}}]\n"
                    "evidence_fields: []\n",
                    kind, field),
        kind, problems);
    definitions.push_back(std::move(definition).value());
  }
  return rules::RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in()).rules;
}

const UtcTime kNoon = *parse_time("2026-03-04T12:00:00Z");

// A worker that ran for the first time an hour before noon, and now has it.
class CatchUpTest : public testing::Test {
 protected:
  CatchUpTest() {
    EXPECT_TRUE(catch_up_.begin());
    clock_.time = kNoon;
  }

  void run(const Gaps& gaps = {}) {
    const auto all = catch_up_.run(gaps);
    ASSERT_TRUE(all) << all.error().message;
    EXPECT_NE(*all, stopped_);
  }
  void run_gap(UtcTime begin, UtcTime end) {
    Gaps gaps;
    gaps.add(begin, end);
    run(gaps);
  }
  [[nodiscard]] test::SqliteFile file() const { return test::SqliteFile(path_); }
  // An attacker with a history as the framework's profiler writes it.
  void add_attacker(const std::string& uuid, const std::vector<UtcTime>& commands,
                    const std::string& ip = "192.0.2.1") {
    std::string history;
    for (const UtcTime time : commands) {
      history +=
          fmt::format(R"({}{{"service":"ssh","decky":"d","command":"cat {}","timestamp":"{}"}})",
                      history.empty() ? "" : ",", history.size(), to_iso_text(time));
    }
    file().run(fmt::format(
        "INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, "
        "decky_count, services, deckies, is_traversal, bounty_count, credential_count, "
        "fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) VALUES ('{}', '{}', "
        "'2026-03-04 10:00:00.000000', '2026-03-04 12:00:00.000000', 1, 1, 1, '[]', '[]', 0, 0, 0, "
        "'[]', '[{}]', 0, 0, '2026-03-04 10:00:00.000000')",
        uuid, ip, history));
  }
  void add_intel(const std::string& attacker, UtcTime changed) {
    file().run(fmt::format("DELETE FROM attacker_intel WHERE attacker_uuid = '{}'", attacker));
    file().run(fmt::format(
        "INSERT INTO attacker_intel (uuid, attacker_uuid, attacker_ip, schema_version, "
        "greynoise_tags, abuseipdb_categories, threatfox_threat_types, threatfox_ioc_types, "
        "threatfox_malware_families, greynoise_raw, abuseipdb_raw, feodo_raw, threatfox_raw, "
        "aggregate_verdict, cached_at, expires_at) VALUES ('i-{0}', '{0}', '192.0.2.1', 1, '[]', "
        "'[]', '[]', '[]', '[]', '{{}}', '{{}}', '{{}}', '{{}}', 'malicious', '{1}', '{1}')",
        attacker, to_sql_text(changed)));
  }
  void add_trigger(const std::string& uuid, UtcTime time, const std::string& ip,
                   const std::string& attacker = "NULL") {
    file().run(
        fmt::format("INSERT INTO canary_triggers (uuid, token_uuid, occurred_at, src_ip, "
                    "request_path, raw_headers, attacker_id) VALUES ('{}', 't', '{}', '{}', "
                    "'/a', '{{}}', {})",
                    uuid, to_sql_text(time), ip, attacker));
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const auto& row : file().rows("SELECT source_id FROM ttp_tag ORDER BY source_id")) {
      ids.push_back(row.front());
    }
    return ids;
  }
  std::uint64_t backfill() {
    const auto store = storage::open_sqlite(path_, storage::OpenMode::kExisting).value();
    const pipeline::ReplayOptions options{
        .since = {}, .progress = {}, .stop = {}, .seen = &database_->ledger().seen()};
    const auto commands =
        pipeline::replay_commands(database_->history(), tagger_, store.get(), options);
    const auto triggers =
        pipeline::replay_canary_triggers(database_->history(), tagger_, store.get(), options);
    return commands.value().inserted + triggers.value().inserted;
  }

  test::TempDir directory_{true};
  std::filesystem::path path_ = directory_.path() / "decnet.db";
  SetClock clock_;
  std::unique_ptr<storage::Database> database_ =
      storage::open_sqlite(path_, storage::OpenMode::kCreate, clock_).value();
  tagging::Tagger tagger_{rules_for_everything(), clock_};
  IntakeCounters counters_;
  Intake intake_{{tagger_, database_->attackers(), database_->ledger(), clock_,
                  [](std::chrono::milliseconds) { return false; },
                  [](const std::vector<storage::OutboxMessage>&) {}},
                 counters_};
  bool stopped_ = false;
  CatchUp catch_up_ = started_at(kNoon - hours(1));
  CatchUp started_at(UtcTime time) {
    return CatchUp({database_->history(), database_->attackers(), database_->ledger(), intake_,
                    clock_, time, [this] { return stopped_; }});
  }
};

TEST_F(CatchUpTest, BeginsWhenTheWorkerDoesAndNotWhenItFirstComesToLook) {
  file().run("DELETE FROM decnet_cursor");
  auto first = started_at(kNoon);
  ASSERT_TRUE(first.begin());
  // That process dies before it looks; the next one knows what is its work.
  clock_.time = kNoon + minutes(10);
  auto next = started_at(clock_.time);
  ASSERT_TRUE(next.begin());
  add_attacker("a-1", {kNoon - seconds(1), kNoon + minutes(1)});
  add_trigger("t-0", kNoon - seconds(1), "192.0.2.1");
  add_trigger("t-1", kNoon + minutes(1), "192.0.2.1");
  add_intel("a-1", kNoon + minutes(1));
  Gaps gaps;
  gaps.add(kNoon, clock_.time);
  ASSERT_TRUE(next.run(gaps));
  EXPECT_THAT(ids(), ElementsAre("a-1", "a-1#cmd1", "t-1"));
}

TEST_F(CatchUpTest, StoppedItTellsThatItHasNotSeenAllAndTheNextOneDoes) {
  add_attacker("a-1", {kNoon});
  add_trigger("t-1", kNoon, "192.0.2.1");
  stopped_ = true;
  run_gap(kNoon, kNoon);
  stopped_ = false;
  run_gap(kNoon, kNoon);
  EXPECT_THAT(ids(), ElementsAre("a-1#cmd0", "t-1"));
}

TEST_F(CatchUpTest, TagsCommandsOfAGapAndNoOthers) {
  add_attacker("a-1",
               {kNoon - minutes(50), kNoon - minutes(1), kNoon + minutes(4), kNoon + minutes(6)});
  run();
  EXPECT_THAT(ids(), IsEmpty()) << "there was no gap";
  run_gap(kNoon - minutes(2), kNoon);
  EXPECT_THAT(ids(), ElementsAre("a-1#cmd0", "a-1#cmd1", "a-1#cmd2"));
  EXPECT_EQ(backfill(), 1U) << "the one after the gap, which the bus will bring";
}

TEST_F(CatchUpTest, WhatIsFoundAgainIsNotGivenAgain) {
  add_attacker("a-1", {kNoon});
  run_gap(kNoon, kNoon);
  const auto events = counters_.events.load();
  run_gap(kNoon, kNoon);
  EXPECT_EQ(counters_.events, events);
  EXPECT_EQ(database_->ledger().outbox_depth().value(), 2U) << "ttp.tagged and ttp.rule.fired";
}

TEST_F(CatchUpTest, LeavesOutWhatCameLive) {
  add_attacker("a-1", {kNoon, kNoon + seconds(1)});
  const std::vector<storage::SeenCommand> live = {{"a-1", "d", "cat 0", kNoon, "s-1#0"}};
  ASSERT_TRUE(database_->ledger().seen().add(live));
  run_gap(kNoon, kNoon + seconds(1));
  EXPECT_THAT(ids(), ElementsAre("a-1#cmd1"));
}

TEST_F(CatchUpTest, WhatIsOlderThanTheFirstRunIsTheBackfillsWork) {
  const UtcTime first_run = kNoon - hours(1);
  add_attacker("a-1", {first_run - seconds(1), first_run});
  add_attacker("a-2", {}, "192.0.2.2");
  add_trigger("t-1", first_run - seconds(1), "192.0.2.1");
  add_intel("a-1", first_run - seconds(1));
  run_gap(first_run, first_run + minutes(1));
  EXPECT_THAT(ids(), ElementsAre("a-1#cmd1"));
}

TEST_F(CatchUpTest, TriggersHaveTheirIdsAndTheirAttacker) {
  add_attacker("a-1", {});
  add_trigger("t-1", kNoon, "192.0.2.1");
  add_trigger("t-2", kNoon, "192.0.2.99");
  add_trigger("t-3", kNoon, "192.0.2.99", "'a-1'");
  run();
  EXPECT_THAT(ids(), ElementsAre("t-1", "t-3"));
  run();
  EXPECT_EQ(backfill(), 0U);
  // Its attacker is profiled a little later than the token tells.
  add_attacker("a-2", {}, "192.0.2.99");
  run();
  EXPECT_THAT(ids(), ElementsAre("t-1", "t-2", "t-3"));
}

// The host was down: what a token told before has no attacker until the profiler had its turn.
TEST_F(CatchUpTest, AwaitsTheAttackersOfOldTriggersAfterARestart) {
  add_attacker("a-1", {});
  add_trigger("t-old", kNoon - minutes(50), "192.0.2.99");
  add_trigger("t-new", kNoon, "192.0.2.1");
  auto restarted = started_at(kNoon);
  ASSERT_TRUE(restarted.run({}));
  EXPECT_THAT(ids(), ElementsAre("t-new"));
  clock_.time += minutes(2);
  add_attacker("a-2", {}, "192.0.2.99");
  ASSERT_TRUE(restarted.run({}));
  EXPECT_THAT(ids(), ElementsAre("t-new", "t-old"));
}

TEST_F(CatchUpTest, ATriggerWithoutAnAttackerIsNotAwaitedForEver) {
  add_attacker("a-1", {});
  add_trigger("t-old", kNoon - minutes(50), "192.0.2.99");
  add_trigger("t-new", kNoon, "192.0.2.1");
  auto restarted = started_at(kNoon);
  ASSERT_TRUE(restarted.run({}));
  const auto events = counters_.events.load();
  clock_.time += Gaps::kSettle;
  ASSERT_TRUE(restarted.run({}));
  clock_.time += CatchUp::kOverlap;
  ASSERT_TRUE(restarted.run({}));
  add_attacker("a-2", {}, "192.0.2.99");
  add_trigger("t-newer", clock_.time, "192.0.2.1");
  ASSERT_TRUE(restarted.run({}));
  EXPECT_THAT(ids(), ElementsAre("t-new", "t-newer"));
  EXPECT_LE(counters_.events - events, 4U) << "the past is not read again each time";
}

TEST_F(CatchUpTest, IntelHasTheIdOfTheMessageThatWasMissed) {
  add_attacker("a-1", {});
  add_intel("a-1", kNoon);
  run();
  EXPECT_THAT(ids(), ElementsAre("a-1"));
  // Asked again a week later, the providers say the same: nothing new, from whichever side.
  clock_.time += hours(24 * 7);
  add_intel("a-1", clock_.time);
  run();
  EXPECT_THAT(ids(), ElementsAre("a-1"));
}

TEST_F(CatchUpTest, WhatLiesAheadHidesNothing) {
  add_attacker("a-1", {});
  add_attacker("a-2", {}, "192.0.2.2");
  add_trigger("t-ahead", kNoon + std::chrono::years(10), "192.0.2.1");
  add_intel("a-1", kNoon + std::chrono::years(10));
  run();
  EXPECT_THAT(ids(), ElementsAre("a-1", "t-ahead"));
  clock_.time += hours(1);
  add_trigger("t-1", clock_.time, "192.0.2.1");
  add_intel("a-2", clock_.time);
  run();
  EXPECT_THAT(ids(), ElementsAre("a-1", "a-2", "t-1", "t-ahead"));
}

// The clock was three hours ahead when the worker first ran, and is set right before it runs again.
TEST_F(CatchUpTest, AClockThatIsSetBackHidesNothing) {
  add_attacker("a-0", {});
  add_trigger("t-0", kNoon, "192.0.2.1");
  add_intel("a-0", kNoon);
  run();
  clock_.time = kNoon - hours(3);
  auto next = started_at(clock_.time);
  ASSERT_TRUE(next.begin());
  // The worker is away meanwhile, for longer than the overlap.
  const UtcTime missed = clock_.time + minutes(1);
  add_attacker("a-1", {missed}, "192.0.2.2");
  add_trigger("t-1", missed, "192.0.2.2");
  add_intel("a-1", missed);
  clock_.time += hours(1);
  Gaps gaps;
  gaps.add(missed, clock_.time);
  ASSERT_TRUE(started_at(clock_.time).run(gaps));
  EXPECT_THAT(ids(), ElementsAre("a-0", "a-1", "a-1#cmd0", "t-0", "t-1"));
}

TEST_F(CatchUpTest, ManyAttackersAreTakenInPortions) {
  for (int i = 0; i < 450; ++i) {
    add_attacker(fmt::format("a-{:03}", i), {kNoon}, fmt::format("198.51.100.{}", i));
    add_intel(fmt::format("a-{:03}", i), kNoon + std::chrono::microseconds(i));
  }
  run_gap(kNoon, kNoon);
  EXPECT_EQ(ids().size(), 900U);
  EXPECT_EQ(backfill(), 0U);
}

TEST_F(CatchUpTest, WithoutOurTablesItDoesNothing) {
  const test::TempDir elsewhere{true};
  add_attacker("a-1", {kNoon});
  file().run("DROP TABLE decnet_cursor");
  const auto framework = storage::open_sqlite(path_, storage::OpenMode::kExisting, clock_).value();
  CatchUp catch_up({framework->history(), framework->attackers(), framework->ledger(), intake_,
                    clock_, kNoon, [] { return false; }});
  Gaps gaps;
  gaps.add(kNoon, kNoon);
  EXPECT_TRUE(catch_up.begin());
  EXPECT_TRUE(catch_up.run(gaps));
  EXPECT_THAT(ids(), IsEmpty());
}

}  // namespace
}  // namespace decnet::worker

#include "decnet/pipeline/replay.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "decnet/attack/catalogue.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/rule_set.h"
#include "tests/invented_history.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One rule: every text with an `a` in it is a tag, so that most commands are.
constexpr std::string_view kRule = R"(rule_id: E0001
rule_version: 1
name: any
applies_to: [command, canary_fingerprint]
match: {pattern: 'a', field: command_text}
emits: [{technique_id: T1059, tactic: TA0002, confidence: 0.9}]
evidence_fields: [command_text]
)";

std::shared_ptr<const rules::RuleSet> one_rule() {
  std::vector<rules::Problem> problems;
  auto definition = rules::read_definition(kRule, "E0001.yaml", problems);
  std::vector<rules::Definition> definitions;
  definitions.push_back(std::move(definition).value());
  return rules::RuleSet::compile(std::move(definitions), *attack::Catalogue::built_in()).rules;
}

class ReplayThreads : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(storage::init_sqlite(path_));
    test::SqliteFile file(path_);
    test::invent_history(file, 31, {.attackers = 40, .commands = 30, .triggers = 10});
    history_ = open();
    store_ = open();
  }

  std::unique_ptr<storage::Database> open() const {
    return storage::open_sqlite(path_, storage::OpenMode::kExisting).value();
  }
  Result<ReplayCounters> replay(const ReplayOptions& options) const {
    return replay_commands(history_->history(), tagger_, store_.get(), options);
  }
  std::uint64_t stored() const {
    return static_cast<std::uint64_t>(
        test::SqliteFile(path_).number("SELECT count(*) FROM ttp_tag"));
  }

  test::TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "decnet.db";
  tagging::Tagger tagger_{one_rule(), system_clock()};
  std::unique_ptr<storage::Database> history_;
  std::unique_ptr<storage::Database> store_;
};

TEST_F(ReplayThreads, CountsWhatItDoes) {
  const auto first = replay({.since = {}, .progress = {}, .stop = {}}).value();
  EXPECT_EQ(first.rows, 40U);
  EXPECT_GT(first.commands, first.events);  // some have no text
  EXPECT_GT(first.events, first.tags);
  EXPECT_EQ(first.inserted, first.tags);
  EXPECT_EQ(first.inserted, stored());
  EXPECT_EQ(first.refused, 0U);
  EXPECT_FALSE(first.interrupted);

  auto second = replay({.since = {}, .progress = {}, .stop = {}}).value();
  EXPECT_EQ(second.inserted, 0U);
  second.inserted = first.inserted;
  EXPECT_EQ(second, first);
}

TEST_F(ReplayThreads, WithoutAStoreNothingIsStored) {
  const auto dry = replay_commands(history_->history(), tagger_, nullptr,
                                   {.since = {}, .progress = {}, .stop = {}})
                       .value();
  EXPECT_GT(dry.tags, 0U);
  EXPECT_EQ(dry.inserted, 0U);
  EXPECT_EQ(stored(), 0U);
}

TEST_F(ReplayThreads, SaysHowFarItIsAfterEachRow) {
  std::vector<std::uint64_t> rows;
  std::uint64_t inserted = 0;
  const auto counters = replay({.since = {},
                                .batch_size = 10,
                                .progress =
                                    [&](const ReplayCounters& now) {
                                      rows.push_back(now.rows);
                                      EXPECT_GE(now.inserted, inserted);
                                      inserted = now.inserted;
                                    },
                                .stop = {}})
                            .value();
  ASSERT_EQ(rows.size(), counters.rows);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i], i + 1);
  EXPECT_LE(inserted, counters.inserted);
}

class ReplayThreadsStopped : public ReplayThreads, public testing::WithParamInterface<int> {};

// At whatever event it is stopped, what was tagged until then is stored.
TEST_P(ReplayThreadsStopped, StoresWhatIsTagged) {
  int left = GetParam();
  const auto counters =
      replay({.since = {}, .batch_size = 64, .progress = {}, .stop = [&] { return left-- == 0; }})
          .value();
  EXPECT_TRUE(counters.interrupted);
  EXPECT_EQ(counters.inserted, counters.tags);
  EXPECT_EQ(counters.inserted, stored());
  const auto rest = replay({.since = {}, .progress = {}, .stop = {}}).value();
  EXPECT_EQ(rest.inserted + counters.inserted, rest.tags);
}

INSTANTIATE_TEST_SUITE_P(Events, ReplayThreadsStopped,
                         testing::Values(0, 1, 2, 31, 32, 500, 1'000));

TEST_F(ReplayThreads, AnErrorOfTheStoreEndsItAndTheNextRunDoesTheRest) {
  test::SqliteFile(path_).run(
      "CREATE TRIGGER refuse BEFORE INSERT ON ttp_tag"
      " WHEN (SELECT count(*) FROM ttp_tag) >= 100 BEGIN SELECT RAISE(ABORT, 'enough'); END");
  const auto failed = replay({.since = {}, .batch_size = 1, .progress = {}, .stop = {}});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("enough"));
  EXPECT_LE(stored(), 100U);
  test::SqliteFile(path_).run("DROP TRIGGER refuse");
  const auto before = stored();
  const auto rest = replay({.since = {}, .progress = {}, .stop = {}}).value();
  EXPECT_EQ(before + rest.inserted, rest.tags);
}

TEST_F(ReplayThreads, AnErrorOfTheHistoryKeepsWhatIsTagged) {
  std::uint64_t tags = 0;
  const auto failed = replay({.since = {},
                              .batch_size = 100'000,
                              .progress =
                                  [&](const ReplayCounters& now) {
                                    tags = now.tags;
                                    if (now.rows == 20) {
                                      test::SqliteFile(path_).run(
                                          "ALTER TABLE attackers RENAME COLUMN commands TO typed");
                                    }
                                  },
                              .stop = {}});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("commands"));
  EXPECT_GT(tags, 0U);
  EXPECT_EQ(stored(), tags);
}

// One attacker with a history as the framework's profiler writes it, `a` five times a second apart.
class ReplayOfWhatWasTaggedThreads : public ReplayThreads {
 protected:
  void SetUp() override {
    ReplayThreads::SetUp();
    test::SqliteFile file(path_);
    file.run("DELETE FROM attackers");
    std::string commands;
    for (int i = 0; i < 5; ++i) {
      commands += fmt::format(
          R"({}{{"service":"ssh","decky":"d","command":"a","timestamp":"2026-03-04T10:00:0{}Z"}})",
          i == 0 ? "[" : ",", i);
    }
    file.run(fmt::format(
        "INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, "
        "decky_count, services, deckies, is_traversal, bounty_count, credential_count, "
        "fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) VALUES ('a-1', "
        "'192.0.2.1', '2026-03-04 10:00:00.000000', '2026-03-04 10:00:00.000000', 1, 1, 1, '[]', "
        "'[]', 0, 0, 0, '[]', '{}]', 0, 0, '2026-03-04 10:00:00.000000')",
        commands));
  }
  void record(int second, const std::string& id) const {
    const std::vector<storage::SeenCommand> one = {
        {"a-1", "d", "a", kTen + std::chrono::seconds(second), id}};
    ASSERT_TRUE(store_->ledger().seen().add(one));
  }
  ReplayCounters replay_all(std::optional<UtcTime> record_from = {}) const {
    return replay({.since = {},
                   .progress = {},
                   .stop = {},
                   .seen = &history_->ledger().seen(),
                   .record_from = record_from})
        .value();
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> ids;
    for (const auto& row :
         test::SqliteFile(path_).rows("SELECT source_id FROM ttp_tag ORDER BY source_id")) {
      ids.push_back(row.front());
    }
    return ids;
  }
  static inline const UtcTime kTen = *parse_time("2026-03-04T10:00:00Z");
};

TEST_F(ReplayOfWhatWasTaggedThreads, KeepsTheIdsItWasTaggedUnder) {
  record(1, "s-1#0");
  record(3, "s-1#1");
  record(30, "s-1#2");
  const auto counters = replay_all();
  EXPECT_EQ(counters.tagged_live, 2U);
  EXPECT_EQ(counters.inserted, 5U) << "nothing was stored yet";
  EXPECT_THAT(ids(), ElementsAre("a-1#cmd0", "a-1#cmd2", "a-1#cmd4", "s-1#0", "s-1#1"));
  EXPECT_EQ(replay_all().inserted, 0U);
}

TEST_F(ReplayOfWhatWasTaggedThreads, LeavesOutWhatHasAnIdNobodyKept) {
  record(1, std::string(1000, 'x'));
  const auto counters = replay_all();
  EXPECT_EQ(counters.tagged_live, 1U);
  EXPECT_EQ(counters.events, 4U);
  EXPECT_EQ(counters.commands, 5U);
  EXPECT_THAT(ids(), ElementsAre("a-1#cmd0", "a-1#cmd2", "a-1#cmd3", "a-1#cmd4"));
}

TEST_F(ReplayOfWhatWasTaggedThreads, WithoutARecordNothingIsLookedUp) {
  record(1, "s-1#0");
  const auto counters = replay({.since = {}, .progress = {}, .stop = {}}).value();
  EXPECT_EQ(counters.tagged_live, 0U);
  EXPECT_EQ(ids().size(), 5U);
}

TEST_F(ReplayOfWhatWasTaggedThreads, RecordsWhatMayStillComeLive) {
  const auto recorded = [this] {
    return test::SqliteFile(path_).rows(
        "SELECT source_id, live, decky, command_time FROM decnet_seen");
  };
  replay_all();
  EXPECT_TRUE(recorded().empty()) << "unless asked for";
  replay_all(kTen + std::chrono::seconds(4));
  EXPECT_THAT(recorded(),
              ElementsAre(ElementsAre("a-1#cmd4", "0", "d", "2026-03-04 10:00:04.000000")));
  EXPECT_EQ(replay_all(kTen + std::chrono::seconds(4)).tagged_live, 0U);
  EXPECT_EQ(recorded().size(), 1U);
}

TEST_F(ReplayOfWhatWasTaggedThreads, RecordsNothingOfWhatYieldedNoTag) {
  test::SqliteFile(path_).run(
      "UPDATE attackers SET commands = replace(commands, '\"a\"', '\"x\"')");
  EXPECT_EQ(replay_all(kTen).events, 5U);
  EXPECT_EQ(test::SqliteFile(path_).number("SELECT count(*) FROM decnet_seen"), 0);
}

TEST_F(ReplayOfWhatWasTaggedThreads, CountsWhatIsOlderThanTheRecord) {
  record(1, "s-1#0");
  record(30, "s-1#1");
  test::SqliteFile(path_).run(
      "UPDATE decnet_seen SET seen_at = '2026-03-04 10:00:0' || (id * 2) || '.000000'");
  ASSERT_EQ(store_->ledger().seen().forget(kTen + std::chrono::seconds(3), 100, 100).value(), 1U);
  const auto counters = replay_all();
  EXPECT_EQ(counters.older_than_record, 2U) << "those of the first two seconds";
  EXPECT_EQ(counters.tagged_live, 0U);
}

TEST_F(ReplayThreads, TriggersAreASliceOfTheirOwn) {
  const auto counters = replay_canary_triggers(history_->history(), tagger_, store_.get(),
                                               {.since = {}, .progress = {}, .stop = {}})
                            .value();
  EXPECT_EQ(counters.rows, 10U);
  EXPECT_EQ(counters.commands, 0U);
  EXPECT_EQ(counters.events, 10U);
}

}  // namespace
}  // namespace decnet::pipeline

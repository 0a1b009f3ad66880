// A backfill that is stopped, or killed, loses nothing that the next one does not restore.
#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "decnet/base/json.h"
#include "tests/backfill_fixture.h"
#include "tests/invented_history.h"

namespace decnet::test {
namespace {

class BackfillInterrupted : public BackfillTest {
 protected:
  void SetUp() override {
    add_rules_for_invented_history();
    create_database();
    {
      auto file = database();
      invent_history(file, 3, {.attackers = 300, .commands = 15, .triggers = 60});
    }
    std::filesystem::copy_file(path_, untouched_);
    ASSERT_EQ(backfill().exit_code, 0);
    expected_ = tags();
    ASSERT_GT(expected_.size(), 1'000U);
  }

  void start_over() const {
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path_.string() + suffix);
    }
    std::filesystem::copy_file(untouched_, path_);
  }

  // Starts a backfill and gives it the signal when that many tags are stored, or as soon as it has
  // printed its first line.
  Finished stopped_by(int signal, std::size_t tags) const {
    Process process(command({"--batch-size", "3"}));
    process.wait_for_output("batch_size=3\n");
    if (tags > 0) {
      auto file = database();
      while (process.is_running() &&
             static_cast<std::size_t>(file.number("SELECT count(*) FROM ttp_tag")) < tags) {
      }
    }
    process.signal(signal);
    return process.wait();
  }

  // At least one stop must have come in time, or nothing was tested.
  static constexpr int kStops = 10;

  std::filesystem::path untouched_ = directory_.path() / "untouched.db";
  std::vector<SqlRow> expected_;
};

struct Stop {
  std::string name;
  int signal;
  int exit_code;
};

class BackfillStopped : public BackfillInterrupted, public testing::WithParamInterface<Stop> {};

TEST_P(BackfillStopped, SaysSoAndTheNextRunDoesTheRest) {
  Random random(11);
  int stopped = 0;
  for (int round = 0; round < kStops / 2; ++round) {
    start_over();
    const auto done = stopped_by(GetParam().signal, random() % (expected_.size() / 2));
    if (done.out.find("source=canary rows=") != std::string::npos) continue;  // it was faster
    ASSERT_EQ(done.signal, 0);
    ++stopped;
    EXPECT_EQ(done.exit_code, GetParam().exit_code);
    EXPECT_TRUE(done.out.ends_with("\n\nBackfill interrupted.\n")) << done.out;
    // What is there is right, and the rest comes with the next run.
    for (const auto& tag : tags()) {
      EXPECT_TRUE(std::binary_search(expected_.begin(), expected_.end(), tag));
    }
    EXPECT_EQ(backfill().exit_code, 0);
    EXPECT_TRUE(tags() == expected_);
  }
  EXPECT_GT(stopped, 0);
}

INSTANTIATE_TEST_SUITE_P(Signals, BackfillStopped,
                         testing::ValuesIn(std::vector<Stop>{{"CtrlC", SIGINT, 0},
                                                             {"Sigterm", SIGTERM, 143}}),
                         [](const auto& row) { return row.param.name; });

TEST_F(BackfillInterrupted, WritesWhatItHasTagged) {
  start_over();
  // With batches that are never full, whatever is stored was written because of the signal.
  Process process(command({"--batch-size", "100000", "--source", "command", "--json"}));
  process.wait_for_output("\n");
  process.signal(SIGINT);
  const auto done = process.wait();
  ASSERT_EQ(done.exit_code, 0) << done.err;
  if (const auto at = done.out.find(R"("type":"interrupted")"); at != std::string::npos) {
    const auto said = Json::parse(done.out.substr(done.out.rfind('{'))).value();
    EXPECT_EQ(*said.find("inserted"), *said.find("tags"));
    EXPECT_EQ(*said.find("inserted"), Json(database().number("SELECT count(*) FROM ttp_tag")));
  }
  EXPECT_EQ(backfill().exit_code, 0);
  EXPECT_TRUE(tags() == expected_);
}

TEST_F(BackfillInterrupted, KilledAtAnyMomentItLosesNothing) {
  Random random(12);
  int killed = 0;
  start_over();
  for (int round = 0; round < kStops; ++round) {
    // Every second round goes on with the database as the kill left it.
    if (round % 2 == 0) start_over();
    const auto stored = static_cast<std::size_t>(database().number("SELECT count(*) FROM ttp_tag"));
    const auto done =
        stopped_by(SIGKILL, stored + random() % ((expected_.size() - stored) / 2 + 1));
    killed += done.signal == SIGKILL ? 1 : 0;
    EXPECT_EQ(database().rows("PRAGMA integrity_check"), (std::vector<SqlRow>{{"ok"}}));
    for (const auto& tag : tags()) {
      EXPECT_TRUE(std::binary_search(expected_.begin(), expected_.end(), tag));
    }
  }
  EXPECT_GT(killed, 0);
  EXPECT_EQ(backfill().exit_code, 0);
  EXPECT_TRUE(tags() == expected_);
}

}  // namespace
}  // namespace decnet::test

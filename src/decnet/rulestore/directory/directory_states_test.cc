// States of rules beside a directory: whose they are, what they survive.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include <filesystem>
#include <thread>

#include "decnet/rulestore/directory/directory_store_test.h"

namespace decnet::rulestore {
namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;
using test::texts_of;
using testing::ElementsAre;
using testing::EndsWith;
using testing::IsEmpty;
using testing::SizeIs;

TEST_F(DirectoryStore, StatesAreForTheirOwnerAlone) {
  ASSERT_TRUE(store_->set_state(RuleId("R1"), {}));
  const auto mode = [](const fs::path& path) {
    return static_cast<unsigned>(fs::status(path).permissions()) & 0777U;
  };
  EXPECT_EQ(mode(states()), 0700U);
  EXPECT_EQ(mode(states() / "R1.json"), 0600U);
  EXPECT_EQ(mode(states() / ".lock"), 0600U);
}

TEST_F(DirectoryStore, ForeignFilesAmongTheStatesCostThemselves) {
  ASSERT_TRUE(store_->set_state(RuleId("R1"), {.kind = rules::State::Kind::kDisabled}));
  fs::copy_file(states() / "R1.json", states() / "R2.json");
  place_.write("states/notes.txt", "mine");
  place_.write("states/deeper.json/x", "");
  place_.write("states/.hidden", "");
  place_.write("states/huge.json", std::string(100'000, ' '));
  ASSERT_EQ(mkfifo((states() / "pipe.json").c_str(), 0600), 0);
  fs::create_symlink("pipe.json", states() / "to_pipe.json");
  ASSERT_TRUE(come_to_problems(6));
  std::vector<std::string> problems;
  for (const auto& text : texts_of(contents_.problems)) {
    problems.push_back(text.substr(states().string().size() + 1));
  }
  EXPECT_THAT(
      problems,
      ElementsAre("R2.json: rule_id: a file of this name is not the state of R1, R1.json would be",
                  "deeper.json: not the state of a rule", "huge.json: larger than 65536 bytes",
                  "notes.txt: not the state of a rule", "pipe.json: not the state of a rule",
                  "to_pipe.json: not the state of a rule"));
  EXPECT_THAT(contents_.states, SizeIs(1));
  EXPECT_TRUE(contents_.complete);
}

TEST_F(DirectoryStore, AStateThatCannotBeStoredIsSaid) {
  place_.write("states", "in the way");
  const auto done = store_->set_state(RuleId("R1"), {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
  EXPECT_EQ(done.error().message, states().string() + ": Not a directory");
  EXPECT_THAT(load().states, IsEmpty());
}

TEST_F(DirectoryStore, AStateThatCannotBeWrittenWholeLeavesTheOldOne) {
  ASSERT_TRUE(store_->set_state(RuleId("R1"), {.reason = "old"}));
  struct rlimit usual = {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &usual), 0);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  const struct rlimit tight = {.rlim_cur = 10, .rlim_max = usual.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &tight), 0);
  const auto done = store_->set_state(RuleId("R1"), {.reason = "new"});
  setrlimit(RLIMIT_FSIZE, &usual);
  std::signal(SIGXFSZ, previous);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(done.error().message, EndsWith("File too large"));
  EXPECT_EQ(open()->load().value().states.at(RuleId("R1")).reason, "old");
  EXPECT_FALSE(fs::exists(states() / ".writing"));
}

// A command of the superuser must not lock the worker out.
TEST_F(DirectoryStore, TheSuperuserGivesStatesToTheirOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "only the superuser can";
  constexpr uid_t kSomebody = 12345;
  ASSERT_EQ(chown(place_.path().c_str(), kSomebody, kSomebody), 0);
  ASSERT_TRUE(store_->set_state(RuleId("R1"), {}));
  for (const fs::path& path : {states(), states() / "R1.json", states() / ".lock"}) {
    struct stat status = {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, kSomebody) << path;
  }
}

TEST_F(DirectoryStore, StatesWrittenByManyThreadsDoNotMix) {
  std::vector<std::thread> writers;
  for (int i = 0; i < 4; ++i) {
    writers.emplace_back([this, i] {
      const auto store = open();
      for (int round = 0; round < 25; ++round) {
        const auto set = store->set_state(
            RuleId("R1"), {.reason = std::string(200, 'a'), .set_by = fmt::format("w{}", i)});
        EXPECT_TRUE(set) << set.error().message;
        const auto own = store->set_state(RuleId(fmt::format("R{}.{}", i, round)), {});
        EXPECT_TRUE(own) << own.error().message;
      }
    });
  }
  while (load().states.size() < 101) {
    store_->wait(seconds(1));
    EXPECT_THAT(load().problems, IsEmpty());
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(load().states.at(RuleId("R1")).reason, std::string(200, 'a'));
  EXPECT_FALSE(fs::exists(states() / ".writing"));
}

// A writer that died left its half aside.
TEST_F(DirectoryStore, WhatADeadWriterLeftIsWrittenOver) {
  place_.write("states/.writing", "{\"rule_id\": \"R1\", \"sta");
  ASSERT_TRUE(store_->set_state(RuleId("R2"), {}));
  EXPECT_THAT(load().states, ElementsAre(testing::Key(RuleId("R2"))));
  EXPECT_THAT(load().problems, IsEmpty());
}

}  // namespace
}  // namespace decnet::rulestore

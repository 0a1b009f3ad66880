// What happens to a database when things go wrong: damage, permissions, locks, full disks, other
// programs, kill -9.
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "decnet/storage/sqlite/database_fixture.h"

namespace decnet::storage::sqlite {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class DurabilityTest : public DatabaseTest {};

// Cut or overwritten anywhere, a database gives errors or what is left of it, nothing worse.
TEST_F(DurabilityTest, ADamagedDatabaseIsAnErrorNotACrash) {
  make_framework();
  {
    const auto connection = raw();
    ASSERT_TRUE(connection->execute("BEGIN"));
    for (int i = 0; i < 60; ++i) {
      ASSERT_TRUE(connection->execute(fmt::format(
          "INSERT INTO attackers (uuid, ip, first_seen, last_seen, event_count, service_count, "
          "decky_count, services, deckies, is_traversal, bounty_count, credential_count, "
          "fingerprints, commands, rotation_count, ipv6_leak_count, updated_at) VALUES ('a-{}', "
          "'192.0.2.1', '', '2026-03-04 10:00:00.000000', 1, 1, 1, '[]', '[]', 0, 0, 0, '[]', "
          "'[{{\"command\": \"{}\"}}]', 0, 0, '')",
          i, std::string(2000, 'x'))));
    }
    ASSERT_TRUE(connection->execute("COMMIT"));
  }
  const std::string whole = bytes();
  ASSERT_GT(whole.size(), 100U * 1024);
  std::size_t failures = 0;
  for (int round = 0; round < 60; ++round) {
    std::string damaged = whole;
    const auto place = whole.size() * static_cast<std::size_t>(round) / 60 + 7;
    if (round % 2 == 0) {
      damaged.resize(place);
    } else {
      damaged.replace(place, 3000, 3000, static_cast<char>(0xA5));
    }
    for (const char* suffix : {"-wal", "-shm"}) std::filesystem::remove(path().string() + suffix);
    directory_.write("decnet.db", damaged);
    testing::internal::CaptureStderr();
    const auto use = [this]() -> Result<void> {
      DECNET_TRY(const auto database, open());
      DECNET_TRY(const auto rows,
                 database->history().iter_attacker_commands_since(test::at("2026-01-01 00:00:00")));
      for (;;) {
        DECNET_TRY(const auto row, rows->next());
        if (!row) break;
      }
      DECNET_CHECK(database->repository().insert_tags(some_tags(20)));
      DECNET_CHECK(database->summaries().by_technique({}));
      return {};
    };
    const auto used = use();
    testing::internal::GetCapturedStderr();
    if (used) continue;
    ++failures;
    expect_one_line(used.error());
  }
  EXPECT_GT(failures, 20U);
}

// Permissions. Root is not held back by them, so root steps down for these tests.

class PermissionTest : public DatabaseTest {
 protected:
  void SetUp() override {
    ASSERT_EQ(chmod(directory_.path().c_str(), 0777), 0);
    be_root(false);
  }
  void TearDown() override {
    be_root(true);
    chmod(directory_.path().c_str(), 0700);
  }
  // The directory belongs to whoever runs the test.
  void set_directory_mode(mode_t mode) {
    be_root(true);
    ASSERT_EQ(chmod(directory_.path().c_str(), mode), 0);
    be_root(false);
  }

 private:
  void be_root(bool root) const {
    if (!is_root_) return;
    ASSERT_EQ(seteuid(root ? 0 : 65534), 0);
  }
  const bool is_root_ = geteuid() == 0;
};

TEST_F(PermissionTest, AnUnreadableFile) {
  ASSERT_TRUE(open());
  ASSERT_EQ(chmod(path().c_str(), 0), 0);
  const Error error = refused();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("Permission denied"));
}

TEST_F(PermissionTest, ADirectoryWhereNothingCanBeMade) {
  set_directory_mode(0555);
  const Error error = refused();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("Permission denied"));
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(PermissionTest, AReadOnlyFileCanBeReadAndWritingItFails) {
  make_framework();
  ASSERT_EQ(chmod(path().c_str(), 0444), 0);
  const auto database = open(OpenMode::kExisting).value();
  EXPECT_TRUE(database->summaries().by_technique({}));
  const auto since = test::at("2026-01-01 00:00:00");
  EXPECT_EQ(database->history().count_attackers(since)->since, 0U);
  EXPECT_FALSE(database->history().iter_attacker_commands_since(since).value()->next().value());
  const auto inserted = database->repository().insert_tags(some_tags(1));
  ASSERT_FALSE(inserted);
  EXPECT_EQ(inserted.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(inserted.error().message, HasSubstr("read-only"));
  expect_one_line(inserted.error());
}

TEST_F(PermissionTest, AReadOnlyDirectoryAroundADatabase) {
  ASSERT_TRUE(open());
  set_directory_mode(0555);
  const auto use = [this]() -> Result<InsertOutcome> {
    DECNET_TRY(const auto database, open());
    return database->repository().insert_tags(some_tags(1));
  };
  const auto used = use();
  ASSERT_FALSE(used);
  EXPECT_EQ(used.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(used.error().message, HasSubstr("directory is read-only"));
  expect_one_line(used.error());
  set_directory_mode(0777);
  EXPECT_TRUE(use());
}

// Locks.

TEST_F(DurabilityTest, ALockedDatabaseIsAnErrorAfterTheTimeOut) {
  make_framework();  // not in WAL mode: the lock keeps readers out too
  const auto other = raw();
  ASSERT_TRUE(other->execute("BEGIN EXCLUSIVE"));
  const Error error = refused();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("locked by another program (waited 50 ms)"));
  ASSERT_TRUE(other->execute("ROLLBACK"));
  EXPECT_TRUE(open());
}

TEST_F(DurabilityTest, ALockedDatabaseRefusesTheBatchAsAWholeAndTakesItLater) {
  const auto database = open().value();
  const auto other = raw();
  ASSERT_TRUE(other->execute("BEGIN IMMEDIATE"));
  const auto inserted = database->repository().insert_tags(some_tags(3));
  ASSERT_FALSE(inserted);
  EXPECT_EQ(inserted.error().code, ErrorCode::kUnavailable);
  expect_one_line(inserted.error());
  EXPECT_FALSE(database->observations().merge(std::vector<Observation>(1)));
  // Readers are not kept out.
  EXPECT_TRUE(database->summaries().by_technique({}));
  ASSERT_TRUE(other->execute("ROLLBACK"));
  EXPECT_EQ(database->repository().insert_tags(some_tags(3))->inserted.size(), 3U);
}

TEST_F(DurabilityTest, AReaderThatStaysDoesNotKeepWritersOut) {
  const auto database = open().value();
  const auto other = raw();
  ASSERT_TRUE(other->execute("BEGIN; SELECT count(*) FROM ttp_tag"));
  EXPECT_EQ(database->repository().insert_tags(some_tags(100))->inserted.size(), 100U);
  ASSERT_TRUE(other->execute("COMMIT"));
}

// A journal mode that cannot be changed now is no reason to stop.
TEST_F(DurabilityTest, ADatabaseInUseKeepsItsJournal) {
  make_framework();
  const auto other = raw();
  const auto reading = other->prepare("SELECT name FROM sqlite_master").value();
  Cursor cursor = reading.run();
  ASSERT_TRUE(cursor.next().value());
  EXPECT_TRUE(open());
}

// Full disks. Whatever the size at which it happens, what was committed before stays and nothing
// of what failed does.

TEST_F(DurabilityTest, ADatabaseIsCreatedWholeOrNotAtAll) {
  std::size_t failures = 0;
  for (std::int64_t pages = 1;; pages += 3) {
    Options small = kHasty;
    small.max_pages = pages;
    const auto opened = open(OpenMode::kCreate, small);
    if (opened) break;
    ++failures;
    EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(opened.error().message, HasSubstr("full"));
    EXPECT_EQ(value("SELECT count(*) FROM sqlite_master"), "0");
    ASSERT_LT(pages, 1000);
  }
  EXPECT_GT(failures, 10U);
  const auto opened = open().value();
  EXPECT_EQ(opened->schema().ownership, Ownership::kOurs);
  EXPECT_THAT(opened->schema().missing_own, IsEmpty());
}

TEST_F(DurabilityTest, AFullDatabaseKeepsWhatItHad) {
  ASSERT_TRUE(open());
  Options small = kHasty;
  small.max_pages = std::stoll(value("PRAGMA page_count")) + 40;
  const auto database = open(OpenMode::kExisting, small).value();
  ASSERT_TRUE(database->repository().insert_tags(some_tags(50)));
  const auto overflow = database->repository().insert_tags(some_tags(5000));
  ASSERT_FALSE(overflow);
  EXPECT_EQ(overflow.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(overflow.error().message, HasSubstr("full"));
  expect_one_line(overflow.error());
  EXPECT_EQ(value("SELECT count(*) FROM ttp_tag"), "50");
  EXPECT_EQ(value("PRAGMA integrity_check"), "ok");
  // Within a group the whole group is given up, and the next one begins anew.
  {
    const auto group = database->begin().value();
    EXPECT_TRUE(database->repository().insert_tags(some_tags(60)));
    EXPECT_FALSE(database->repository().insert_tags(some_tags(5000)));
  }
  EXPECT_EQ(value("SELECT count(*) FROM ttp_tag"), "50");
  EXPECT_EQ(database->repository().insert_tags(some_tags(52))->inserted.size(), 2U);
}

TEST_F(DurabilityTest, AFullDiskKeepsWhatTheDatabaseHad) {
  const auto small = directory_.path() / "small";
  std::filesystem::create_directory(small);
  if (mount("tmpfs", small.c_str(), "tmpfs", 0, "size=2m") != 0) {
    GTEST_SKIP() << "no file system may be mounted here";
  }
  const auto file = small / "decnet.db";
  {
    const auto database = sqlite::open(file, OpenMode::kCreate, system_clock(), kHasty).value();
    std::size_t stored = 0;
    std::size_t full = 0;
    for (int batch = 0; batch < 40; ++batch) {
      std::vector<Tag> tags;
      for (int i = 0; i < 200; ++i) tags.push_back(test::a_tag(fmt::format("{}-{}", batch, i)));
      const auto outcome = database->repository().insert_tags(tags);
      if (outcome) {
        stored += outcome->inserted.size();
        continue;
      }
      ++full;
      EXPECT_EQ(outcome.error().code, ErrorCode::kUnavailable);
      EXPECT_THAT(outcome.error().message, HasSubstr("full"));
    }
    EXPECT_GT(full, 0U);
    EXPECT_GT(stored, 0U);
    const auto summary = database->summaries().by_technique({}).value();
    ASSERT_THAT(summary, SizeIs(1));
    EXPECT_EQ(summary[0].tags, stored);
  }
  EXPECT_EQ(umount(small.c_str()), 0);
}

// Several programs.

// Runs `work` in a child of its own; its result is the child's exit status.
template <typename Work>
pid_t in_child(const Work& work) {
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  return child;
}

int wait_for(pid_t child) {
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

TEST_F(DurabilityTest, ProgramsThatCreateItAtOnceAllSucceed) {
  constexpr int kPrograms = 4;
  for (int round = 0; round < 5; ++round) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path().string() + suffix);
    }
    int gate[2];
    ASSERT_EQ(pipe(gate), 0);
    std::vector<pid_t> children;
    for (int program = 0; program < kPrograms; ++program) {
      children.push_back(in_child([&] {
        close(gate[1]);
        char byte = 0;
        (void)!read(gate[0], &byte, 1);  // returns when the parent closes its end
        const auto database = sqlite::open(path(), OpenMode::kCreate, system_clock(),
                                           {.busy_timeout = std::chrono::seconds(60)});
        if (!database) return false;
        const std::vector<Tag> tags = {test::a_tag("shared"),
                                       test::a_tag(fmt::format("own-{}", program))};
        return (*database)->repository().insert_tags(tags).has_value();
      }));
    }
    close(gate[0]);
    close(gate[1]);
    for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
    EXPECT_EQ(value("SELECT count(*) FROM ttp_tag"), std::to_string(kPrograms + 1));
    EXPECT_EQ(value("SELECT count(*) FROM decnet_schema"), "1");
  }
}

// Killed at any moment, a program leaves a database that opens, with whole batches in it.
TEST_F(DurabilityTest, AProgramThatIsKilledLeavesWholeBatches) {
  constexpr int kBatch = 50;
  for (int round = 0; round < 12; ++round) {
    for (const char* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path().string() + suffix);
    }
    int progress[2];
    ASSERT_EQ(pipe(progress), 0);
    const pid_t child = in_child([&] {
      close(progress[0]);
      const auto step = [&] { return write(progress[1], "x", 1) == 1; };
      step();
      const auto database = open();
      for (int batch = 0; database && batch < 1000; ++batch) {
        std::vector<Tag> tags;
        for (int i = 0; i < kBatch; ++i) {
          tags.push_back(test::a_tag(fmt::format("{}-{}", batch, i)));
        }
        if (!(*database)->repository().insert_tags(tags)) return false;
        step();
      }
      return true;
    });
    close(progress[1]);
    int batches = -1;  // the first byte comes before the database is opened
    char byte = 0;
    while (batches < round - 1 && read(progress[0], &byte, 1) == 1) ++batches;
    kill(child, SIGKILL);
    wait_for(child);
    close(progress[0]);

    const auto database = open().value();
    EXPECT_THAT(database->schema().missing_own, IsEmpty());
    const int tags = std::stoi(value("SELECT count(*) FROM ttp_tag"));
    EXPECT_EQ(tags % kBatch, 0);
    EXPECT_GE(tags, std::max(batches, 0) * kBatch);
    EXPECT_EQ(value("PRAGMA integrity_check"), "ok");
  }
}

}  // namespace
}  // namespace decnet::storage::sqlite

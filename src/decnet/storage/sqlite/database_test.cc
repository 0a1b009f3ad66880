// Opening, creating and refusing files; and what happens to them when things go wrong.
#include "decnet/storage/sqlite/database.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>

#include "decnet/storage/sqlite/connection.h"
#include "decnet/storage/sqlite/schema.h"
#include "decnet/storage/test_backend.h"
#include "tests/test_main.h"

namespace decnet::storage::sqlite {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr Options kHasty = {.busy_timeout = std::chrono::milliseconds(50)};

class DatabaseTest : public testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "decnet.db"; }

  Result<std::unique_ptr<Database>> open(OpenMode mode = OpenMode::kCreate,
                                         const Options& options = kHasty) {
    return sqlite::open(path(), mode, system_clock(), options);
  }
  // The error of opening; it names the path and is one line.
  Error refused(OpenMode mode = OpenMode::kCreate, const Options& options = kHasty) {
    const auto opened = open(mode, options);
    if (opened) {
      ADD_FAILURE() << "opened";
      return {};
    }
    expect_one_line(opened.error());
    return opened.error();
  }
  void expect_one_line(const Error& error) {
    EXPECT_THAT(error.message, testing::StartsWith(path().string() + ": "));
    EXPECT_THAT(error.message, Not(HasSubstr("\n")));
  }

  std::unique_ptr<Connection> raw() {
    return Connection::open(path(), Connection::Access::kCreate, std::chrono::seconds(5)).value();
  }
  std::string value(const std::string& sql) { return raw()->value(sql).value().value_or("NULL"); }
  // A database as the framework would have made it, in whatever journal SQLite begins with.
  void make_framework(const std::string& revision = std::string(kFrameworkRevision)) {
    const auto connection = raw();
    ASSERT_TRUE(connection->execute(std::string(steps().front().sql)));
    ASSERT_TRUE(connection->execute("CREATE TABLE alembic_version (version_num VARCHAR(32))"));
    ASSERT_TRUE(
        connection->execute(fmt::format("INSERT INTO alembic_version VALUES ('{}')", revision)));
  }
  std::string bytes() const {
    std::ifstream file(path(), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  decnet::test::TempDir directory_{true};
};

std::vector<Tag> some_tags(int count) {
  std::vector<Tag> tags;
  for (int i = 0; i < count; ++i) tags.push_back(test::a_tag(fmt::format("cmd-{}", i)));
  return tags;
}

TEST_F(DatabaseTest, AnAbsentFileIsCreatedAndFoundAgain) {
  {
    const auto created = open().value();
    EXPECT_EQ(created->schema().ownership, Ownership::kOurs);
    EXPECT_EQ(created->name(), path().string());
    EXPECT_EQ(created->repository().insert_tags(some_tags(3))->inserted.size(), 3U);
  }
  const auto again = open(OpenMode::kExisting).value();
  EXPECT_EQ(again->repository().insert_tags(some_tags(4))->inserted.size(), 1U);
  EXPECT_EQ(value("PRAGMA journal_mode"), "wal");
}

TEST_F(DatabaseTest, AFileWithoutBytesIsAnEmptyDatabase) {
  directory_.write("decnet.db", "");
  EXPECT_EQ(refused(OpenMode::kExisting).code, ErrorCode::kInvalid);
  EXPECT_TRUE(open());
}

TEST_F(DatabaseTest, AnAbsentFileIsNotFoundWhereOneIsExpected) {
  EXPECT_EQ(refused(OpenMode::kExisting).code, ErrorCode::kNotFound);
  EXPECT_EQ(refused(OpenMode::kInspect).code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(DatabaseTest, InspectingChangesNothing) {
  make_framework();
  const std::string before = bytes();
  const auto inspected = open(OpenMode::kInspect).value();
  EXPECT_EQ(inspected->schema().ownership, Ownership::kFramework);
  EXPECT_EQ(inspected->schema().missing_own.size(), 7U);
  const auto inserted = inspected->repository().insert_tags(some_tags(1));
  ASSERT_FALSE(inserted);
  EXPECT_THAT(inserted.error().message, HasSubstr("read-only"));
  EXPECT_TRUE(bytes() == before);
  EXPECT_FALSE(std::filesystem::exists(path().string() + "-wal"));
}

TEST_F(DatabaseTest, InspectingReportsWhatIsMissing) {
  ASSERT_TRUE(raw()->execute("CREATE TABLE ttp_tag (uuid TEXT); CREATE TABLE other (x)"));
  const auto inspected = open(OpenMode::kInspect).value();
  EXPECT_EQ(inspected->schema().ownership, Ownership::kUnmarked);
  EXPECT_THAT(inspected->schema().missing, Contains("ttp_tag.evidence"));
  EXPECT_THAT(inspected->schema().missing, Not(Contains("ttp_tag.uuid")));
}

TEST_F(DatabaseTest, ADatabaseOfAnotherKindIsRefusedAndLeftAlone) {
  ASSERT_TRUE(raw()->execute("CREATE TABLE bookmarks (url TEXT)"));
  const std::string before = bytes();
  const Error error = refused();
  EXPECT_EQ(error.code, ErrorCode::kInvalid);
  EXPECT_THAT(error.message, HasSubstr("attackers.uuid"));
  EXPECT_FALSE(init(path(), system_clock(), kHasty));
  EXPECT_TRUE(bytes() == before);
}

TEST_F(DatabaseTest, ANewerDatabaseIsRefusedByVersion) {
  ASSERT_TRUE(open());
  ASSERT_TRUE(raw()->execute("UPDATE decnet_schema SET version = 99"));
  EXPECT_THAT(refused().message, HasSubstr("version 99"));
  EXPECT_THAT(refused(OpenMode::kInspect).message, HasSubstr("version 99"));
  EXPECT_FALSE(init(path(), system_clock(), kHasty));
}

TEST_F(DatabaseTest, AnUnknownMarkIsWorthOneWarning) {
  make_framework("feedc0ffee00");
  testing::internal::CaptureStderr();
  const auto opened = open();
  const std::string logged = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(opened);
  EXPECT_THAT(logged, HasSubstr("feedc0ffee00"));
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1);
  EXPECT_EQ((*opened)->schema().version, "feedc0ffee00");
}

TEST_F(DatabaseTest, NoMarkIsWorthOneWarning) {
  make_framework();
  ASSERT_TRUE(raw()->execute("DROP TABLE alembic_version"));
  testing::internal::CaptureStderr();
  const auto opened = open();
  const std::string logged = testing::internal::GetCapturedStderr();
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->schema().ownership, Ownership::kUnmarked);
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1);
}

TEST_F(DatabaseTest, AKnownMarkIsWorthNone) {
  make_framework();
  testing::internal::CaptureStderr();
  ASSERT_TRUE(open());
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

// Everything the database says of itself and holds, but for the tags.
std::vector<std::string> contents(Connection& connection) {
  const auto column = [&connection](const std::string& sql) {
    const auto statement = connection.prepare(sql).value();
    std::vector<std::string> rows;
    Cursor row = statement.run();
    while (row.next().value()) rows.emplace_back(row.text(0));
    return rows;
  };
  auto all = column("SELECT type || name || ifnull(sql, '') FROM sqlite_master ORDER BY rowid");
  const auto tables = column(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'ttp_tag' ORDER BY name");
  for (const auto& table : tables) {
    const auto names = column(fmt::format(
        "SELECT group_concat('quote(' || name || ')', '||''|''||') FROM pragma_table_info('{}')",
        table));
    for (auto& row : column(fmt::format("SELECT {} FROM {}", names.at(0), table))) {
      all.push_back(table + ":" + row);
    }
  }
  return all;
}

TEST_F(DatabaseTest, AFrameworkDatabaseGetsTagsAndNothingElse) {
  DECNET_CORPUS_OR_SKIP(shapes, "contract/framework-sqlite.sql");
  DECNET_CORPUS_OR_SKIP(sample, "contract/framework-sample.sql");
  for (const auto& file : {shapes, sample}) {
    std::ifstream text(file);
    ASSERT_TRUE(raw()->execute(std::string(std::istreambuf_iterator<char>(text), {})));
  }
  const auto before = contents(*raw());
  {
    const auto database = open().value();
    EXPECT_EQ(database->schema().ownership, Ownership::kFramework);
    const auto attackers =
        database->history().iter_attacker_commands_since(test::at("2026-01-01 00:00:00")).value();
    std::size_t commands = 0;
    std::size_t rows = 0;
    while (const auto row = attackers->next().value()) {
      commands += row->commands.size();
      ++rows;
    }
    EXPECT_EQ(rows, 3U);  // of four: one history is unfinished
    EXPECT_EQ(attackers->skipped(), 1U);
    EXPECT_EQ(commands, 8U);
    const auto triggers =
        database->history().iter_canary_triggers_since(test::at("2026-01-01 00:00:00")).value();
    std::size_t with_fingerprint = 0;
    while (const auto row = triggers->next().value()) {
      with_fingerprint += row->raw_headers.find("_fp") != nullptr ? 1 : 0;
    }
    EXPECT_EQ(with_fingerprint, 1U);
    EXPECT_EQ(database->repository().insert_tags(some_tags(5))->inserted.size(), 5U);
    EXPECT_EQ(database->summaries().by_technique({})->size(), 1U);
  }
  EXPECT_EQ(contents(*raw()), before);
  EXPECT_EQ(value("SELECT count(*) FROM ttp_tag"), "5");
}

TEST_F(DatabaseTest, InitMakesEverythingInAFreshFile) {
  const auto made = init(path(), system_clock(), kHasty).value();
  EXPECT_EQ(made.schema.ownership, Ownership::kOurs);
  EXPECT_THAT(made.created, Contains("ttp_tag"));
  EXPECT_THAT(made.created, Contains("decnet_outbox"));
  EXPECT_THAT(init(path(), system_clock(), kHasty)->created, IsEmpty());
}

TEST_F(DatabaseTest, InitAddsOwnTablesToAFrameworkDatabase) {
  make_framework();
  EXPECT_FALSE(
      open().value()->observations().merge(std::vector<Observation>(1)).value().logins_kept);
  const auto made = init(path(), system_clock(), kHasty).value();
  EXPECT_THAT(made.created,
              ElementsAre("decnet_schema", "decnet_outbox", "decnet_cursor", "decnet_seen",
                          "decnet_dead_letter", "decnet_auth_attempt", "decnet_rule_state"));
  EXPECT_EQ(made.schema.ownership, Ownership::kFramework);
  EXPECT_THAT(init(path(), system_clock(), kHasty)->created, IsEmpty());
  EXPECT_TRUE(
      open().value()->observations().merge(std::vector<Observation>(1)).value().logins_kept);
}

// Files that are no database.

struct BadFile {
  std::string name;
  std::string content;
};
class NotADatabase : public DatabaseTest, public testing::WithParamInterface<BadFile> {};
INSTANTIATE_TEST_SUITE_P(Table, NotADatabase,
                         testing::ValuesIn(std::vector<BadFile>{
                             {"OneByte", "x"},
                             {"ShortText", "hello\n"},
                             {"Log", std::string(5000, 'a') + "\n"},
                             {"Zeros", std::string(4096, '\0')},
                             {"Gzip", "\x1f\x8b\x08" + std::string(700, '\x55')},
                             {"HeaderAlone", std::string("SQLite format 3\0", 16)},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST_P(NotADatabase, IsRefusedAndLeftAlone) {
  directory_.write("decnet.db", GetParam().content);
  for (const OpenMode mode : {OpenMode::kCreate, OpenMode::kExisting, OpenMode::kInspect}) {
    EXPECT_EQ(refused(mode).code, ErrorCode::kInvalid);
  }
  EXPECT_FALSE(init(path(), system_clock(), kHasty));
  EXPECT_TRUE(bytes() == GetParam().content);
}

TEST_F(DatabaseTest, ADirectoryIsNoDatabase) {
  std::filesystem::create_directory(path());
  EXPECT_THAT(refused().message, HasSubstr("is a directory"));
}

TEST_F(DatabaseTest, ADeviceIsNoDatabase) {
  const auto opened = sqlite::open("/dev/null", OpenMode::kCreate, system_clock(), kHasty);
  EXPECT_THAT(opened.error().message, HasSubstr("/dev/null: is not a regular file"));
}

TEST_F(DatabaseTest, TheDirectoryMustBeThere) {
  const auto opened = sqlite::open(directory_.path() / "no" / "decnet.db", OpenMode::kCreate,
                                   system_clock(), kHasty);
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(opened.error().message, HasSubstr((directory_.path() / "no").string()));
}

// Cut or overwritten anywhere, a database gives errors or what is left of it, nothing worse.
TEST_F(DatabaseTest, ADamagedDatabaseIsAnErrorNotACrash) {
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
  EXPECT_EQ(database->history().count_attackers_since(test::at("2026-01-01 00:00:00")).value(), 0U);
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

TEST_F(DatabaseTest, ALockedDatabaseIsAnErrorAfterTheTimeOut) {
  make_framework();  // not in WAL mode: the lock keeps readers out too
  const auto other = raw();
  ASSERT_TRUE(other->execute("BEGIN EXCLUSIVE"));
  const Error error = refused();
  EXPECT_EQ(error.code, ErrorCode::kUnavailable);
  EXPECT_THAT(error.message, HasSubstr("locked by another program (waited 50 ms)"));
  ASSERT_TRUE(other->execute("ROLLBACK"));
  EXPECT_TRUE(open());
}

TEST_F(DatabaseTest, ALockedDatabaseRefusesTheBatchAsAWholeAndTakesItLater) {
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

TEST_F(DatabaseTest, AReaderThatStaysDoesNotKeepWritersOut) {
  const auto database = open().value();
  const auto other = raw();
  ASSERT_TRUE(other->execute("BEGIN; SELECT count(*) FROM ttp_tag"));
  EXPECT_EQ(database->repository().insert_tags(some_tags(100))->inserted.size(), 100U);
  ASSERT_TRUE(other->execute("COMMIT"));
}

// A journal mode that cannot be changed now is no reason to stop.
TEST_F(DatabaseTest, ADatabaseInUseKeepsItsJournal) {
  make_framework();
  const auto other = raw();
  const auto reading = other->prepare("SELECT name FROM sqlite_master").value();
  Cursor cursor = reading.run();
  ASSERT_TRUE(cursor.next().value());
  EXPECT_TRUE(open());
}

// Full disks. Whatever the size at which it happens, what was committed before stays and nothing
// of what failed does.

TEST_F(DatabaseTest, ADatabaseIsCreatedWholeOrNotAtAll) {
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

TEST_F(DatabaseTest, AFullDatabaseKeepsWhatItHad) {
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

TEST_F(DatabaseTest, AFullDiskKeepsWhatTheDatabaseHad) {
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

TEST_F(DatabaseTest, ProgramsThatCreateItAtOnceAllSucceed) {
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
TEST_F(DatabaseTest, AProgramThatIsKilledLeavesWholeBatches) {
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

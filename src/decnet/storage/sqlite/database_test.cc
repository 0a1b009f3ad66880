// Opening, creating and refusing files.
#include "decnet/storage/sqlite/database.h"

#include <sys/stat.h>

#include <algorithm>

#include "decnet/storage/sqlite/database_fixture.h"

namespace decnet::storage::sqlite {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

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

// Nobody but the owner reads what attackers typed, however careless the umask.
TEST_F(DatabaseTest, AnAbsentFileIsCreatedForItsOwnerAlone) {
  const mode_t umask_before = ::umask(0);
  const auto created = open();
  ::umask(umask_before);
  ASSERT_TRUE(created);
  ASSERT_TRUE((*created)->repository().insert_tags(some_tags(1)));
  const auto mode = [this](const char* suffix) {
    struct stat status {};
    EXPECT_EQ(::stat((path().string() + suffix).c_str(), &status), 0) << suffix;
    return status.st_mode & 0777U;
  };
  for (const char* suffix : {"", "-wal", "-shm"}) EXPECT_EQ(mode(suffix), 0600U) << suffix;
}

TEST_F(DatabaseTest, AFileThatExistsKeepsItsMode) {
  directory_.write("decnet.db", "");
  ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
  ASSERT_TRUE(open());
  struct stat status {};
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
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
  EXPECT_EQ(inspected->schema().missing_own.size(), 13U);
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
              ElementsAre("decnet_schema", "decnet_outbox", "decnet_cursor", "decnet_auth_attempt",
                          "decnet_rule_state", "decnet_seen", "decnet_dead_letter",
                          "decnet_import_outbox", "decnet_open_session", "decnet_log_position",
                          "decnet_event", "decnet_rule_budget", "decnet_rule_problem"));
  EXPECT_EQ(made.schema.ownership, Ownership::kFramework);
  EXPECT_THAT(init(path(), system_clock(), kHasty)->created, IsEmpty());
  EXPECT_TRUE(
      open().value()->observations().merge(std::vector<Observation>(1)).value().logins_kept);
}

// An earlier release had other columns in some of them: not used until they are brought up to date.
TEST_F(DatabaseTest, OwnTablesOfAnEarlierReleaseKeepNothingInAFrameworkDatabase) {
  make_framework();
  {
    const auto connection = raw();
    ASSERT_TRUE(add_own_tables(*connection, UtcTime{}, steps().first(2)));
  }
  EXPECT_FALSE(open().value()->ledger().kept());
  EXPECT_FALSE(open().value()->ledger().seen().kept());
  const auto brought = init(path(), system_clock(), kHasty).value();
  EXPECT_EQ(brought.updated_from, 2);
  EXPECT_THAT(brought.created,
              ElementsAre("decnet_import_outbox", "decnet_open_session", "decnet_log_position",
                          "decnet_event", "decnet_rule_budget", "decnet_rule_problem"));
  EXPECT_TRUE(open().value()->ledger().kept());
  EXPECT_TRUE(open().value()->ledger().seen().kept());
  EXPECT_EQ(init(path(), system_clock(), kHasty)->updated_from, 0);
}

TEST_F(DatabaseTest, OwnTablesOfAnEarlierReleaseAreBroughtUpToDateInADatabaseOfOurs) {
  {
    const auto connection = raw();
    ASSERT_TRUE(bring_up_to_date(*connection, UtcTime{}, steps().first(2)));
  }
  EXPECT_TRUE(open().value()->ledger().seen().kept());
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

}  // namespace
}  // namespace decnet::storage::sqlite

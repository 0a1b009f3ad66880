#include "decnet/sessions/session_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <set>

#include "decnet/base/log.h"

namespace decnet::sessions {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

const UtcTime kBegin = *parse_time("2026-03-04T10:00:00Z");

UtcTime second(int count) { return kBegin + std::chrono::seconds{count}; }

// Lines of a log, as an importer would put them into a batch, and what the database says of them.
class Log {
 public:
  explicit Log(bool live = true) : live_(live) { batch_.track_sessions(); }

  Log& starts(const std::string& session, int at) { return sees(session, at, true); }
  Log& sees(const std::string& session, int at, bool starts = false) {
    batch_.begin_log("cowrie.json", live_);
    batch_.session("192.0.2.7", "trap", session, second(at), starts).service = "ssh";
    return *this;
  }
  Log& ends(const std::string& session, int at, std::optional<double> duration = std::nullopt) {
    sees(session, at);
    auto& sighting = batch_.session("192.0.2.7", "trap", session, second(at));
    sighting.ended = second(at);
    sighting.duration_s = duration;
    return *this;
  }
  Log& types(const std::string& session, int at, const std::string& id, const std::string& text,
             bool is_new = true) {
    sees(session, at);
    if (is_new) add(session, at, id, text);
    return *this;
  }
  // A command whose session is in no line.
  Log& add(const std::string& session, int at, const std::string& id, const std::string& text) {
    Json element = Json::object({{"id", id},
                                 {"session_id", session},
                                 {"decky", "trap"},
                                 {"command_text", text},
                                 {"ts", to_iso_text(second(at))}});
    commands_.push_back({id, second(at), std::move(element)});
    outcome_.commands.push_back({&attacker(), &commands_.back()});
    return *this;
  }
  Log& logs_in(const std::string& session, int at, const std::string& user = "root") {
    sees(session, at);
    logins_.push_back({"l", second(at), session, "trap", "ssh", user, "x", false});
    outcome_.logins.push_back({&attacker(), &logins_.back()});
    return *this;
  }

  Log& downloads(const std::string& session, int at, const std::string& url) {
    sees(session, at);
    transfers_.push_back({"t", SourceKind::kPayload, second(at), session, "trap",
                          Json::object({{"transfer", "download"}, {"payload_text", url}})});
    outcome_.events.push_back({&attacker(), &transfers_.back()});
    return *this;
  }

  const importers::ObservationBatch& batch() const { return batch_; }
  static const storage::Observation& attacker() {
    static const storage::Observation kAttacker{"192.0.2.7", {}, {}, {}, {}, {}, {}};
    return kAttacker;
  }
  const storage::MergeOutcome& outcome() const { return outcome_; }

 private:
  bool live_;
  importers::ObservationBatch batch_;
  std::deque<storage::ObservedCommand> commands_;
  std::deque<storage::ObservedLogin> logins_;
  std::deque<storage::ObservedEvent> transfers_;
  storage::MergeOutcome outcome_;
};

// "<session> <duration>: <command ids>" of each message.
std::vector<std::string> said(const storage::JournalEntry& entry) {
  std::vector<std::string> all;
  for (const auto& message : entry.messages) {
    const Json& payload = message.payload;
    const Json* id = payload.find("session_id");
    std::string text = (id->is_null() ? std::string("null") : *id->string()) + " " +
                       payload.find("duration_s")->dump() + ":";
    for (const Json& command : *payload.find("commands")->array()) {
      text += " " + *command.find("id")->string();
    }
    all.push_back(std::move(text));
  }
  return all;
}

// What the bus would have to carry.
std::size_t body_bytes(const storage::OutboxMessage& message) {
  return bus::encode({message.topic, message.type, message.payload, message.id, 1772618400.123456})
      .size();
}

std::size_t count_of(const storage::OutboxMessage& message, std::string_view list) {
  const Json* entries = message.payload.find(list);
  return entries == nullptr ? 0 : entries->array()->size();
}

class SessionBookTest : public testing::Test {
 protected:
  storage::JournalEntry take(const Log& log, int now = 0) {
    book_.take(log.batch(), log.outcome(), second(now));
    auto entry = book_.changes();
    book_.confirm();
    return entry;
  }
  template <typename Act>
  storage::JournalEntry after(Act act) {
    act();
    auto entry = book_.changes();
    book_.confirm();
    return entry;
  }
  SessionBook book_{{.publish = true, .idle = std::chrono::seconds{900}}};
};

TEST_F(SessionBookTest, SaysASessionWhenItEnds) {
  const auto open = take(Log().starts("s1", 0).types("s1", 5, "c1", "id"));
  EXPECT_THAT(said(open), IsEmpty());
  ASSERT_THAT(open.open, SizeIs(1));
  EXPECT_EQ(open.open[0].log, "cowrie.json");
  const auto ended = take(Log().types("s1", 6, "c2", "ls").ends("s1", 10));
  EXPECT_THAT(said(ended), ElementsAre("s1 10.0: c1 c2"));
  EXPECT_THAT(ended.open, IsEmpty());
  EXPECT_THAT(ended.ended, ElementsAre(std::pair("cowrie.json", open.open[0].key)));
  EXPECT_EQ(book_.open(), 0U);
  EXPECT_EQ(book_.counters().messages, 1U);
  EXPECT_EQ(book_.counters().commands, 2U);
}

TEST_F(SessionBookTest, BelievesTheDurationThatTheLogSays) {
  EXPECT_THAT(said(take(Log().sees("s1", 5).ends("s1", 10, 3600.25))), ElementsAre("s1 3600.25:"));
}

TEST_F(SessionBookTest, OneOfOneBatchIsNeverKept) {
  const auto entry = take(Log().starts("s1", 0).types("s1", 1, "c1", "id").ends("s1", 2));
  EXPECT_THAT(said(entry), ElementsAre("s1 2.0: c1"));
  EXPECT_THAT(entry.open, IsEmpty());
  EXPECT_THAT(entry.ended, IsEmpty());
}

TEST_F(SessionBookTest, LiveOnesAreSaidEvenWithoutCommands) {
  EXPECT_THAT(said(take(Log(true).starts("s1", 0).ends("s1", 2))), ElementsAre("s1 2.0:"));
}

TEST_F(SessionBookTest, OldOnesAreSaidWhenTheyBringSomethingNew) {
  EXPECT_THAT(said(take(Log(false).starts("s1", 0).ends("s1", 2))), IsEmpty());
  EXPECT_THAT(said(take(Log(false).types("s1", 0, "c1", "id", false).ends("s1", 2))), IsEmpty());
  EXPECT_THAT(said(take(Log(false).logs_in("s1", 0).ends("s1", 2))), ElementsAre("s1 2.0:"));
  EXPECT_THAT(
      said(take(
          Log(false).types("s1", 0, "c1", "id", false).types("s1", 1, "c2", "ls").ends("s1", 2))),
      ElementsAre("s1 2.0: c2"))
      << "what is known was said before";
}

TEST_F(SessionBookTest, ANameUsedAgainIsAnotherSession) {
  const auto entry = take(Log()
                              .starts("s1", 0)
                              .types("s1", 1, "c1", "id")
                              .ends("s1", 2)
                              .starts("s1", 10)
                              .ends("s1", 14));
  EXPECT_THAT(said(entry), ElementsAre("s1 2.0: c1", "s1 4.0:"));
}

TEST_F(SessionBookTest, SilentOnesEndByThemselvesAndMayGoOn) {
  take(Log().starts("s1", 0).types("s1", 1, "c1", "id"), 0);
  take(Log().starts("s2", 0), 100);
  EXPECT_FALSE(book_.has_idle(second(899)));
  EXPECT_TRUE(book_.has_idle(second(900)));
  const auto idle = after([&] { book_.end_idle(second(900)); });
  EXPECT_THAT(said(idle), ElementsAre("s1 1.0: c1"));
  EXPECT_THAT(idle.ended, SizeIs(1));
  EXPECT_EQ(book_.open(), 1U);
  EXPECT_THAT(said(take(Log().types("s1", 950, "c2", "ls").ends("s1", 960), 960)),
              ElementsAre("s1 10.0: c2"));
}

TEST_F(SessionBookTest, AtTheEndOfAnImportEverythingIsSaid) {
  take(Log().starts("s1", 0).types("s1", 1, "c1", "id"));
  take(Log(false).starts("old", 0));
  EXPECT_THAT(said(after([&] { book_.end_all(second(5)); })), ElementsAre("s1 1.0: c1"));
  EXPECT_EQ(book_.open(), 0U);
}

TEST_F(SessionBookTest, WhenMoreIsToComeTheySayWhatTheyHaveAndStayOpen) {
  take(Log().starts("s1", 0).types("s1", 1, "c1", "id"));
  take(Log().starts("s2", 0));
  const auto entry = after([&] { book_.say_pending(second(5)); });
  EXPECT_THAT(said(entry), ElementsAre("s1 1.0: c1"));
  EXPECT_THAT(entry.open, SizeIs(1)) << "that it is said has to be kept";
  EXPECT_EQ(book_.open(), 2U);
  SessionBook next({.publish = true, .idle = std::chrono::seconds{900}});
  next.restore(entry.open);
  const Log rest = std::move(Log().types("s1", 6, "c2", "ls").ends("s1", 7));
  next.take(rest.batch(), rest.outcome(), second(7));
  EXPECT_THAT(said(next.changes()), ElementsAre("s1 7.0: c2"));
}

TEST_F(SessionBookTest, IsTakenUpByAnotherProcess) {
  const auto kept = take(Log().starts("s1", 0).types("s1", 1, "c1", "\"é\n"));
  SessionBook next({.publish = true, .idle = std::chrono::seconds{900}});
  next.restore(kept.open);
  ASSERT_THAT(next.known(), SizeIs(1));
  EXPECT_EQ(next.known()[0].ip, "192.0.2.7");
  EXPECT_EQ(next.known()[0].id, "s1");
  EXPECT_EQ(next.known()[0].service, "ssh");
  const Log rest = std::move(Log().ends("s1", 9));
  next.take(rest.batch(), rest.outcome(), second(9));
  const auto entry = next.changes();
  EXPECT_THAT(said(entry), ElementsAre("s1 9.0: c1"));
  EXPECT_THAT(entry.ended, ElementsAre(std::pair(kept.open[0].log, kept.open[0].key)));
}

TEST_F(SessionBookTest, DamagedStatesAreNoReasonToStop) {
  std::vector<storage::OpenSession> kept;
  for (const char* state : {"null", "7", "{}", R"({"commands":7,"first":"x"})", R"({"ip":[]})"}) {
    kept.push_back({"log", std::to_string(kept.size()), kBegin, Json::parse(state).value()});
  }
  book_.restore(kept);
  EXPECT_EQ(book_.open(), kept.size());
  EXPECT_THAT(said(after([&] { book_.end_all(second(5)); })), IsEmpty());
}

TEST_F(SessionBookTest, ALongSessionIsSaidInParts) {
  Log log;
  std::multiset<std::string> expected;
  for (int i = 0; i < 3000; ++i) {
    log.types("s1", i, "c" + std::to_string(i), std::string(600, 'x'));
    expected.insert("c" + std::to_string(i));
  }
  const auto entry = take(log.ends("s1", 3000));
  EXPECT_GT(entry.messages.size(), 3U);
  std::multiset<std::string> found;
  std::set<std::string> ids;
  for (const auto& message : entry.messages) {
    EXPECT_LE(message.payload.dump().size(), SessionBook::kPartBytes + 1024);
    ids.insert(message.id);
    for (const Json& command : *message.payload.find("commands")->array()) {
      found.insert(*command.find("id")->string());
    }
  }
  EXPECT_EQ(found, expected) << "each command once";
  EXPECT_EQ(ids.size(), entry.messages.size());
}

TEST_F(SessionBookTest, ACommandTooLargeForTheBusIsRefusedVisibly) {
  const log::Capture capture;
  const auto entry = take(Log()
                              .types("s1", 1, "small", "id")
                              .types("s1", 2, "fits", std::string(kMaxCommandBytes - 1000, 'x'))
                              .types("s1", 3, "escaped", std::string(300'000, '\x01'))
                              .types("s1", 4, "after", "ls")
                              .ends("s1", 5));
  EXPECT_THAT(said(entry), ElementsAre("s1 4.0: small", "s1 4.0: fits", "s1 4.0: after"));
  for (const auto& message : entry.messages) {
    EXPECT_LT(message.payload.dump().size() + 2000, bus::kMaxBodyBytes);
  }
  EXPECT_EQ(book_.counters().refused, 1U);
  ASSERT_THAT(capture.records(), SizeIs(1));
  EXPECT_THAT(capture.records()[0].message, HasSubstr("is too large for the bus"));
}

TEST_F(SessionBookTest, LoginsAndTransfersHideNoCommands) {
  Log log;
  for (int i = 0; i < 256; ++i) {
    log.logs_in("s1", i, std::string(1100, '\x01'));
    log.downloads("s1", i, std::string(1100, '\x01'));
  }
  for (int i = 0; i < 120; ++i) log.types("s1", 300 + i, "c" + std::to_string(i), "id");
  const auto entry = take(log.ends("s1", 500));
  ASSERT_THAT(entry.messages, SizeIs(1));
  const auto& message = entry.messages[0];
  EXPECT_LT(body_bytes(message), bus::kMaxBodyBytes);
  EXPECT_EQ(count_of(message, "commands"), 120U);
  EXPECT_GT(count_of(message, "logins"), 0U);
  EXPECT_GT(count_of(message, "transfers"), 0U);
  const Json* newest = message.payload.find("logins")->array()->back().find("ts");
  EXPECT_EQ(*newest, Json(to_iso_text(second(255))));
  EXPECT_EQ(
      book_.counters().left_out + count_of(message, "logins") + count_of(message, "transfers"),
      512U)
      << "what is not said is counted";
}

TEST_F(SessionBookTest, WhatHasNoRoomBesideALargeCommandFollowsIt) {
  Log log;
  for (int i = 0; i < 30; ++i) log.logs_in("s1", i, std::string(1024, '\x01'));
  log.types("s1", 40, "large", std::string(kMaxCommandBytes - 1000, 'x'));
  const auto entry = take(log.ends("s1", 50));
  EXPECT_THAT(said(entry), ElementsAre("s1 50.0: large", "s1 50.0:"));
  EXPECT_NE(entry.messages[0].id, entry.messages[1].id);
  EXPECT_EQ(count_of(entry.messages[0], "logins"), 0U);
  EXPECT_GT(count_of(entry.messages[1], "logins"), 10U);
  EXPECT_EQ(book_.counters().messages, 2U);
  EXPECT_EQ(book_.counters().commands, 1U);
}

// Whatever a session is made of, in one batch or many, kept by another process in between or not.
TEST(SessionBookProperty, EveryMessageHasRoomOnTheBusAndEveryCommandIsInOne) {
  EXPECT_TRUE(rc::check([] {
    const log::Capture capture;
    const auto text = [](int most) {
      const auto size = static_cast<std::size_t>(*rc::gen::inRange(0, most));
      return std::string(size, *rc::gen::element('x', '"', '\n', '\x01', '\x7f'));
    };
    const std::string session = *rc::gen::element("s1", "\x01\"\n") + text(150);
    auto book = std::make_unique<SessionBook>(SessionBook::Options{});
    std::vector<std::string> expected;
    std::vector<std::string> found;
    std::uint64_t refused = 0;
    const auto look_at = [&](const storage::JournalEntry& entry) {
      for (const auto& message : entry.messages) {
        RC_ASSERT(body_bytes(message) < bus::kMaxBodyBytes);
        for (const Json& command : *message.payload.find("commands")->array()) {
          found.push_back(*command.find("id")->string());
        }
      }
    };
    const int batches = *rc::gen::inRange(1, 4);
    for (int i = 0; i < batches; ++i) {
      Log log;
      log.sees(session, i);
      const auto user = text(1200);
      const auto url = text(1200);
      for (int n = *rc::gen::inRange(0, 60); n > 0; --n) log.logs_in(session, i, user);
      for (int n = *rc::gen::inRange(0, 60); n > 0; --n) log.downloads(session, i, url);
      const auto command = text(*rc::gen::element(200, 2'000, 20'000, 1'200'000));
      const int count = command.size() > 20'000 ? 1 : *rc::gen::inRange(0, 60);
      for (int n = 0; n < count; ++n) {
        expected.push_back(std::to_string(expected.size()));
        log.types(session, i, expected.back(), command);
      }
      if (i + 1 == batches) log.ends(session, i);
      book->take(log.batch(), log.outcome(), second(i));
      const auto entry = book->changes();
      book->confirm();
      look_at(entry);
      refused += book->counters().refused;
      // Another process takes it up.
      book = std::make_unique<SessionBook>(SessionBook::Options{});
      book->restore(entry.open);
    }
    RC_ASSERT(found.size() + refused == expected.size());
    RC_ASSERT(std::is_sorted(found.begin(), found.end(), [](const auto& a, const auto& b) {
      return std::stoi(a) < std::stoi(b);
    }));
    RC_ASSERT(std::adjacent_find(found.begin(), found.end()) == found.end());
  }));
}

TEST_F(SessionBookTest, CommandsOfNoSessionAreRefusedVisibly) {
  const log::Capture capture;
  EXPECT_THAT(said(take(Log().add(std::string(5000, 's'), 1, "c1", "id"))), IsEmpty());
  EXPECT_EQ(book_.counters().refused, 1U);
  EXPECT_THAT(capture.records(), SizeIs(1));
}

TEST_F(SessionBookTest, RemembersNoMoreThanItsBound) {
  for (int round = 0; round < 3; ++round) {
    Log log;
    for (std::size_t i = 0; i < SessionBook::kMaxOpen / 2 + 1; ++i) {
      log.starts(std::to_string(round) + "-" + std::to_string(i), round);
    }
    take(log, round);
    EXPECT_LE(book_.open(), SessionBook::kMaxOpen);
  }
  EXPECT_EQ(book_.counters().messages + book_.open(), 3 * (SessionBook::kMaxOpen / 2 + 1))
      << "what had to give way was said";
}

TEST_F(SessionBookTest, RemembersWithoutSayingWhenNothingIsToBePublished) {
  SessionBook silent({.publish = false, .idle = std::chrono::seconds{900}});
  const Log log = std::move(Log().starts("s1", 0).types("s1", 1, "c1", "id"));
  silent.take(log.batch(), log.outcome(), second(1));
  EXPECT_THAT(silent.changes().open, SizeIs(1));
  const Log end = std::move(Log().ends("s1", 2));
  silent.take(end.batch(), end.outcome(), second(2));
  const auto entry = silent.changes();
  EXPECT_THAT(said(entry), IsEmpty());
  EXPECT_THAT(entry.ended, SizeIs(1));
}

}  // namespace
}  // namespace decnet::sessions

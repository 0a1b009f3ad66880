// SessionBook: the sessions that are open, what they have brought so far, and the messages of those
// that end.
//
// A command is said once: with the session's end, or earlier, when the session has grown too large
// for one message, has been silent for long, or the import ends. A session that goes on after that
// is said again at its end, with the commands that are new. Only what was new to the database is
// said; a session that brought nothing new is said when its lines were read live.
//
// Bounded: at most kMaxOpen sessions and about kMaxBytes of commands, logins and transfers; what
// was silent longest is said early to make room. No message is larger than the bus takes: sizes are
// those of the JSON, and logins and transfers that have no room beside the commands follow in a
// message of their own.
//
// Threads: one.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "decnet/activity/login_events.h"
#include "decnet/activity/session_events.h"
#include "decnet/base/clock.h"
#include "decnet/importers/observation_batch.h"
#include "decnet/sessions/ended_session.h"
#include "decnet/storage/journal.h"
#include "decnet/storage/observations.h"

namespace decnet::sessions {

struct SessionCounters {
  std::uint64_t messages = 0;  // about sessions that ended, or about a part of one
  std::uint64_t commands = 0;  // in them
  std::uint64_t refused = 0;   // commands too large for any message
  std::uint64_t left_out = 0;  // logins and transfers that gave way to newer ones of their session
};

class SessionBook {
 public:
  static constexpr std::size_t kMaxOpen = 65'536;
  static constexpr std::size_t kMaxBytes = std::size_t{64} << 20;
  // Commands of one message, unless a single one is larger.
  static constexpr std::size_t kPartBytes = std::size_t{512} << 10;

  struct Options {
    bool publish = true;  // false: sessions are remembered, nothing is said
    std::chrono::seconds idle{900};
  };
  explicit SessionBook(Options options) : options_(options) {}

  // Forgets everything but the counters, and takes these up.
  void restore(std::span<const storage::OpenSession> sessions);

  // How logins ended, by their ids.
  using Outcomes = std::unordered_map<std::string, activity::LoginOutcome>;

  // A batch of lines and what of it was new to the database. A login without an outcome ended as it
  // says itself.
  void take(const importers::ObservationBatch& batch, const storage::MergeOutcome& outcome,
            UtcTime now, const Outcomes& outcomes = {});
  [[nodiscard]] bool publishes() const { return options_.publish; }
  // Whether something has been silent for long, and ending that.
  [[nodiscard]] bool has_idle(UtcTime now) const;
  void end_idle(UtcTime now);
  // Says what is not said yet; the sessions stay open.
  void say_pending(UtcTime now);
  // Ends everything.
  void end_all(UtcTime now);

  // What changed since the last call, to be kept; positions are the caller's.
  storage::JournalEntry changes();
  // What changes() gave last is kept. (When it could not be: restore() what is.)
  void confirm();

  // Of what is confirmed.
  [[nodiscard]] const SessionCounters& counters() const { return counters_; }
  [[nodiscard]] std::size_t open() const { return open_.size(); }

  struct Known {
    std::string decky, id, ip, service;
  };
  // What is known of the open sessions.
  [[nodiscard]] std::vector<Known> known() const;

 private:
  struct Session {
    std::string log, ip, decky, id, service;
    UtcTime first, last, touched;
    bool brought_news = false;
    Json::Array commands;
    activity::SessionEntries logins, transfers;
    std::size_t bytes = 0;  // of the commands, as JSON
    bool changed = true;    // since it was kept
    bool kept = false;      // in the database

    [[nodiscard]] std::size_t entry_bytes() const { return logins.bytes() + transfers.bytes(); }
  };
  using Sessions = std::unordered_map<std::string, Session>;

  Session& touch(const std::string& key, const importers::SessionSighting& sighting, UtcTime now);
  void add_command(Session& session, const storage::ObservedCommand& command, UtcTime now);
  void add_entry(activity::SessionEntries& entries, Json entry);
  void say(Session& session, UtcTime ended, double duration_s, UtcTime now);
  Sessions::iterator end(Sessions::iterator place, UtcTime now);
  void make_room(UtcTime now);

  Options options_;
  Sessions open_;
  std::size_t bytes_ = 0;
  storage::JournalEntry changes_;
  SessionCounters counters_;
  SessionCounters pending_;  // not confirmed
};

}  // namespace decnet::sessions

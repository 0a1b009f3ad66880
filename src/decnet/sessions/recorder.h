// Recorder: stores what a live import reads: the observations of a batch, how far its logs were
// read, which sessions are open and what is to be published of those that ended, in one
// transaction. Either all of it is there after a crash, or the lines are read again.
//
// Threads: one.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "decnet/base/clock.h"
#include "decnet/base/error.h"
#include "decnet/importers/observation_batch.h"
#include "decnet/sessions/session_book.h"
#include "decnet/storage/database.h"

namespace decnet::sessions {

class Recorder {
 public:
  struct Parts {
    storage::Database& database;
    SessionBook& book;
    const Clock& clock;
    std::vector<std::string> logs;  // whose sessions are taken up
    // Where reading goes on in each log, asked when everything read is in the batch. May be empty.
    std::function<std::vector<std::pair<std::string, Json>>()> positions;
    // Something is in the journal's outbox. May be empty.
    std::function<void()> published;
    // Waits that long before a database that does not answer is tried again; false: do not. May be
    // empty: it is not tried again.
    std::function<bool(std::chrono::milliseconds)> wait;
  };
  explicit Recorder(Parts parts) : parts_(std::move(parts)) {}

  // Takes up the sessions that an earlier process left open. Errors: of the database.
  Result<void> resume();

  // Stores a batch. Errors: of the database; kUnavailable only when it was not to be waited for.
  Result<storage::MergeOutcome> store(const importers::ObservationBatch& batch);

  // Ends sessions that were silent for long; looks at most once a second.
  Result<void> tick();
  // Says what is not said yet, and ends all sessions unless more is to come of them.
  Result<void> finish(bool more_to_come);

 private:
  // What is told of a batch besides its sessions.
  struct News {
    SessionBook::Outcomes outcomes;
    std::vector<storage::OutboxMessage> messages;
  };
  Result<News> news_of(const storage::MergeOutcome& outcome, UtcTime now);
  Result<void> add_logins(const storage::MergeOutcome& outcome, UtcTime now, News& news);
  void say(std::optional<storage::OutboxMessage> message, std::string_view ip, News& news);

  using Note =
      std::function<void(const storage::MergeOutcome&, UtcTime, const SessionBook::Outcomes&)>;
  Result<storage::MergeOutcome> commit(const importers::ObservationBatch* batch, const Note& note);
  Result<storage::MergeOutcome> attempt(const importers::ObservationBatch* batch, const Note& note);

  Parts parts_;
  // Ids of messages that were said lately: a window of logins is told again only when it grew.
  std::unordered_set<std::string> said_;
  bool torn_ = false;  // the book knows more than the database
  UtcTime looked_{};
};

}  // namespace decnet::sessions

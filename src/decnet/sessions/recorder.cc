#include "decnet/sessions/recorder.h"

#include <fmt/format.h>

#include <algorithm>

#include "decnet/base/log.h"

namespace decnet::sessions {
namespace {

constexpr std::chrono::milliseconds kFirstPause{500};
constexpr std::chrono::milliseconds kLastPause{15'000};

}  // namespace

Result<void> Recorder::resume() {
  std::vector<storage::OpenSession> sessions;
  for (const std::string& log : parts_.logs) {
    DECNET_TRY(auto of_log, parts_.database.journal().open_sessions(log));
    std::move(of_log.begin(), of_log.end(), std::back_inserter(sessions));
  }
  parts_.book.restore(sessions);
  torn_ = false;
  return {};
}

Result<storage::MergeOutcome> Recorder::attempt(
    const importers::ObservationBatch* batch,
    const std::function<void(const storage::MergeOutcome&, UtcTime)>& note) {
  // What the book took of a batch that was not committed is taken back.
  if (torn_) DECNET_CHECK(resume());
  DECNET_TRY(const auto transaction, parts_.database.begin());
  storage::MergeOutcome outcome;
  if (batch != nullptr) {
    DECNET_TRY(outcome, parts_.database.observations().merge(batch->observations()));
  }
  torn_ = true;
  note(outcome, parts_.clock.now());
  storage::JournalEntry entry = parts_.book.changes();
  if (batch != nullptr && parts_.positions) entry.positions = parts_.positions();
  DECNET_CHECK(parts_.database.journal().write(entry));
  DECNET_CHECK(transaction->commit());
  torn_ = false;
  parts_.book.confirm();
  if (!entry.messages.empty() && parts_.published) parts_.published();
  return outcome;
}

Result<storage::MergeOutcome> Recorder::commit(
    const importers::ObservationBatch* batch,
    const std::function<void(const storage::MergeOutcome&, UtcTime)>& note) {
  auto pause = kFirstPause;
  for (;;) {
    auto outcome = attempt(batch, note);
    if (outcome || outcome.error().code != ErrorCode::kUnavailable || !parts_.wait) return outcome;
    log::warning("import", fmt::format("{}; trying again", outcome.error().message));
    if (!parts_.wait(pause)) return outcome;
    pause = std::min(pause * 2, kLastPause);
  }
}

Result<storage::MergeOutcome> Recorder::store(const importers::ObservationBatch& batch) {
  return commit(&batch, [&](const storage::MergeOutcome& outcome, UtcTime now) {
    parts_.book.take(batch, outcome, now);
  });
}

Result<void> Recorder::tick() {
  const UtcTime now = parts_.clock.now();
  if (now - looked_ < std::chrono::seconds{1} && now >= looked_) return {};
  looked_ = now;
  if (!parts_.book.has_idle(now)) return {};
  DECNET_CHECK(
      commit(nullptr, [&](const storage::MergeOutcome&, UtcTime at) { parts_.book.end_idle(at); }));
  return {};
}

Result<void> Recorder::finish(bool more_to_come) {
  if (parts_.book.open() == 0) return {};
  DECNET_CHECK(commit(nullptr, [&](const storage::MergeOutcome&, UtcTime at) {
    more_to_come ? parts_.book.say_pending(at) : parts_.book.end_all(at);
  }));
  return {};
}

}  // namespace decnet::sessions

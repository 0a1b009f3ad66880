#include "decnet/worker/publisher.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "decnet/base/log.h"
#include "decnet/base/utf8.h"

namespace decnet::worker {
namespace {

constexpr const char* kComponent = "bus.publish";
constexpr std::size_t kRound = 500;
constexpr std::chrono::milliseconds kFirstPause{100};
constexpr std::chrono::milliseconds kLastPause{5'000};
// Another process (a retried dead letter) may have put something into the outbox.
constexpr std::chrono::milliseconds kLook{5'000};
// What is held in memory while the bus is slow, or the database away.
constexpr std::size_t kMaxUnkept = 10'000;

bus::Envelope envelope_of(const storage::OutboxMessage& message) {
  auto envelope =
      bus::make_envelope(message.topic, message.type, message.payload, message.created_at);
  envelope.id = message.id;
  return envelope;
}

}  // namespace

// True when the message is done with.
bool Publisher::publish(const storage::OutboxMessage& message, bool best_effort) {
  const auto sent = bus_.publish(envelope_of(message));
  if (sent) {
    ++counters_.published;
    return true;
  }
  if (sent.error().code == ErrorCode::kInvalid) {
    ++counters_.unpublishable;
    log::error(kComponent,
               fmt::format("{} not published: {}", printable(message.topic), sent.error().message));
    return true;
  }
  if (best_effort) ++counters_.lost;
  return best_effort;
}

bool Publisher::late() {
  const std::lock_guard lock(mutex_);
  return std::chrono::steady_clock::now() >= deadline_;
}

// What was said leaves the outbox. False when the database does not let it: it must not be said
// again, so nothing is read from the outbox before.
bool Publisher::forget_said() {
  if (said_.empty()) return true;
  if (const auto forgotten = outbox_.outbox_done(said_); !forgotten) {
    log::warning(kComponent, fmt::format("outbox: {}", forgotten.error().message));
    return false;
  }
  said_.clear();
  return true;
}

// Puts what is to be kept into the outbox; false when the database would not have it now.
bool Publisher::keep_some() {
  std::vector<storage::OutboxMessage> messages;
  {
    const std::lock_guard lock(mutex_);
    messages.swap(to_keep_);
  }
  if (messages.empty()) return true;
  const auto kept = outbox_.put(messages);
  if (kept) return true;
  log::warning(kComponent, fmt::format("outbox: {}", kept.error().message));
  const std::lock_guard lock(mutex_);
  std::move(to_keep_.begin(), to_keep_.end(), std::back_inserter(messages));
  to_keep_ = std::move(messages);
  return false;
}

Publisher::Round Publisher::publish_some() {
  std::vector<storage::OutboxMessage> unkept;
  {
    const std::lock_guard lock(mutex_);
    unkept.swap(unkept_);
  }
  for (std::size_t i = 0; i < unkept.size(); ++i) {
    if (late()) {  // a bus that takes long over each must not keep the process from ending
      counters_.lost += unkept.size() - i;
      return Round::kBlocked;
    }
    publish(unkept[i], true);
  }
  if (!outbox_.kept()) return Round::kEmpty;
  if (!forget_said() || !keep_some()) return Round::kBlocked;

  const auto pending = outbox_.outbox(kRound);
  if (!pending) {
    log::warning(kComponent, fmt::format("outbox: {}", pending.error().message));
    return Round::kBlocked;
  }
  for (const auto& message : *pending) {
    if (late() || !publish(message, false)) break;
    said_.push_back(message.sequence);
  }
  const std::uint64_t left = pending->size() - said_.size();
  counters_.waiting = left;
  if (!forget_said() || left > 0) return Round::kBlocked;
  return pending->empty() ? Round::kEmpty : Round::kMore;
}

void Publisher::run() {
  auto pause = kFirstPause;
  for (;;) {
    const Round round = publish_some();
    std::unique_lock lock(mutex_);
    const bool late = std::chrono::steady_clock::now() >= deadline_;
    const bool nothing_left = unkept_.empty() && to_keep_.empty();
    if (finishing_ && (late || (round == Round::kEmpty && nothing_left))) {
      counters_.lost += to_keep_.size() + unkept_.size();
      return;
    }
    switch (round) {
      case Round::kMore:
        pause = kFirstPause;
        break;
      case Round::kEmpty:
        pause = kFirstPause;
        changed_.wait_for(lock, kLook, [this] { return nudged_ || finishing_; });
        break;
      case Round::kBlocked:
        if (finishing_) {
          changed_.wait_for(lock, kFirstPause);
        } else {
          changed_.wait_for(lock, pause, [this] { return finishing_; });
        }
        pause = std::min(pause * 2, kLastPause);
        break;
    }
    nudged_ = false;
  }
}

void Publisher::announce(std::vector<storage::OutboxMessage> unkept) {
  take(std::move(unkept), unkept_);
}

void Publisher::keep(std::vector<storage::OutboxMessage> messages) {
  take(std::move(messages), outbox_.kept() ? to_keep_ : unkept_);
}

void Publisher::take(std::vector<storage::OutboxMessage> messages,
                     std::vector<storage::OutboxMessage>& into) {
  const std::lock_guard lock(mutex_);
  for (auto& message : messages) {
    if (into.size() >= kMaxUnkept) {
      ++counters_.lost;
      continue;
    }
    into.push_back(std::move(message));
  }
  nudged_ = true;
  changed_.notify_all();
}

void Publisher::finish(std::chrono::milliseconds grace) {
  const std::lock_guard lock(mutex_);
  finishing_ = true;
  deadline_ = std::chrono::steady_clock::now() + grace;
  changed_.notify_all();
}

}  // namespace decnet::worker

#include "decnet/bus/delivery_queue.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "decnet/base/log.h"

namespace decnet::bus {
namespace {

constexpr const char* kComponent = "bus.client";
// Handed out at once, beyond the first: what a subscriber makes of a batch is a multiple of it.
constexpr std::size_t kHandedOutBytes = std::size_t{8} << 20;

}  // namespace

DeliveryQueue::~DeliveryQueue() {
  if (!spool_) return;
  const auto save = [this](const Waiting& waiting) {
    if (waiting.file == 0) spool(waiting.delivery.envelope);
  };
  for (const auto& [token, waiting] : handed_out_) save(waiting);
  for (const auto& [due, waiting] : postponed_) save(waiting);
  for (const Waiting& waiting : queue_) save(waiting);
}

bool DeliveryQueue::full(std::size_t bytes) const {
  return queue_.size() + postponed_.size() >= limits_.count || bytes_ + bytes > limits_.bytes;
}

bool DeliveryQueue::spool(const Envelope& envelope) {
  if (const auto kept = spool_->append(envelope); !kept) {
    if (counters_.dropped++ == 0) log::error(kComponent, "event lost: " + kept.error().message);
    return false;
  }
  ++counters_.spooled;
  return true;
}

void DeliveryQueue::enqueue(Envelope envelope, std::size_t bytes, std::uint64_t file) {
  queue_.push_back({{std::move(envelope), next_token_++, 1}, bytes, file});
  bytes_ += bytes;
}

void DeliveryQueue::push(Envelope envelope, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (closed_ && !spool_) return;
  ++counters_.received;
  if (spool_ && (closed_ || full(bytes) || spool_->has_more())) {
    spool(envelope);
  } else {
    while (!queue_.empty() && full(bytes)) {
      bytes_ -= queue_.front().bytes;
      queue_.pop_front();
      ++counters_.dropped;
    }
    enqueue(std::move(envelope), bytes, 0);
  }
  changed_.notify_one();
}

void DeliveryQueue::count_undecodable() {
  const std::lock_guard lock(mutex_);
  ++counters_.undecodable;
}

void DeliveryQueue::take_due(Instant now) {
  const auto end = postponed_.upper_bound(now);
  for (auto due = end; due != postponed_.begin();) {
    --due;
    queue_.push_front(std::move(due->second));
  }
  postponed_.erase(postponed_.begin(), end);
}

// A file is read back when its predecessor was handed out, unless what was postponed fills memory:
// a subscriber that cannot commit anything must not read a whole disk into it.
void DeliveryQueue::take_spooled() {
  if (!spool_ || closed_) return;
  while (queue_.empty() && !full(0) && spool_->has_more()) {
    auto taken = spool_->take(system_clock().now());
    if (!taken) {
      const std::string& problem = taken.error().message;
      if (std::exchange(said_, problem) != problem) log::warning(kComponent, problem);
      return;
    }
    said_.clear();
    if (!*taken) return;
    Spool::File& file = **taken;
    counters_.undecodable += file.damaged;
    if (!file.unreadable.empty()) {
      log::warning(kComponent, "spool: " + file.unreadable);
    } else if (file.damaged > 0) {
      log::warning(kComponent, fmt::format("spool: {} lines could not be read", file.damaged));
    }
    if (file.envelopes.empty()) {
      spool_->done(file.number);
      continue;
    }
    left_of_file_[file.number] = file.envelopes.size();
    const std::size_t share = file.bytes / file.envelopes.size();
    for (Envelope& envelope : file.envelopes) enqueue(std::move(envelope), share, file.number);
  }
}

std::vector<Delivery> DeliveryQueue::next(std::size_t max, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  const Instant deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    const Instant now = std::chrono::steady_clock::now();
    if (!closed_) take_due(now);
    take_spooled();
    if (!queue_.empty() || closed_ || woken_ || now >= deadline) break;
    const Instant until =
        postponed_.empty() ? deadline : std::min(deadline, postponed_.begin()->first);
    changed_.wait_until(lock, until);
  }
  woken_ = false;
  std::vector<Delivery> deliveries;
  std::size_t bytes = 0;
  while (!queue_.empty() && deliveries.size() < max) {
    bytes += queue_.front().bytes;
    if (bytes > kHandedOutBytes && !deliveries.empty()) break;
    Waiting first = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= first.bytes;
    deliveries.push_back(first.delivery);
    handed_out_.emplace(first.delivery.token, std::move(first));
  }
  return deliveries;
}

void DeliveryQueue::finished(const Waiting& waiting) {
  const auto left = left_of_file_.find(waiting.file);
  if (left == left_of_file_.end() || --left->second > 0) return;
  spool_->done(waiting.file);
  left_of_file_.erase(left);
}

void DeliveryQueue::acknowledge(std::span<const Delivery> deliveries) {
  const std::lock_guard lock(mutex_);
  for (const Delivery& delivery : deliveries) {
    const auto found = handed_out_.find(delivery.token);
    if (found == handed_out_.end()) continue;
    finished(found->second);
    handed_out_.erase(found);
  }
}

void DeliveryQueue::postpone(std::span<const Delivery> deliveries,
                             std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  const Instant due = std::chrono::steady_clock::now() + delay;
  for (const Delivery& delivery : deliveries) {
    const auto found = handed_out_.find(delivery.token);
    if (found == handed_out_.end()) continue;
    ++found->second.delivery.attempt;
    bytes_ += found->second.bytes;
    postponed_.emplace(due, std::move(found->second));
    handed_out_.erase(found);
  }
  changed_.notify_one();
}

void DeliveryQueue::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  changed_.notify_all();
}

void DeliveryQueue::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

SubscriptionCounters DeliveryQueue::counters() const {
  const std::lock_guard lock(mutex_);
  return counters_;
}

std::size_t DeliveryQueue::depth() const {
  const std::lock_guard lock(mutex_);
  return queue_.size() + postponed_.size();
}

}  // namespace decnet::bus

#include "decnet/bus/delivery_queue.h"

#include <algorithm>
#include <utility>

namespace decnet::bus {

bool DeliveryQueue::push(Envelope envelope, std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  ++counters_.received;
  bool room = true;
  while (!queue_.empty() &&
         (queue_.size() + postponed_.size() >= limits_.count || bytes_ + bytes > limits_.bytes)) {
    bytes_ -= queue_.front().bytes;
    queue_.pop_front();
    ++counters_.dropped;
    room = false;
  }
  queue_.push_back({{std::move(envelope), next_token_++, 1}, bytes});
  bytes_ += bytes;
  changed_.notify_one();
  return room;
}

void DeliveryQueue::count_undecodable() {
  const std::lock_guard lock(mutex_);
  ++counters_.undecodable;
}

void DeliveryQueue::take_due(Instant now) {
  while (!postponed_.empty() && postponed_.begin()->first <= now) {
    queue_.push_front(std::move(postponed_.begin()->second));
    postponed_.erase(postponed_.begin());
  }
}

std::vector<Delivery> DeliveryQueue::next(std::size_t max, std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  const Instant deadline = std::chrono::steady_clock::now() + wait;
  for (;;) {
    const Instant now = std::chrono::steady_clock::now();
    take_due(closed_ ? Instant::max() : now);
    if (!queue_.empty() || closed_ || woken_ || now >= deadline) break;
    const Instant until =
        postponed_.empty() ? deadline : std::min(deadline, postponed_.begin()->first);
    changed_.wait_until(lock, until);
  }
  woken_ = false;
  std::vector<Delivery> deliveries;
  while (!queue_.empty() && deliveries.size() < max) {
    Waiting first = std::move(queue_.front());
    queue_.pop_front();
    bytes_ -= first.bytes;
    handed_out_[first.delivery.token] = first.bytes;
    deliveries.push_back(std::move(first.delivery));
  }
  return deliveries;
}

void DeliveryQueue::postpone(std::span<const Delivery> deliveries,
                             std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  const Instant due = std::chrono::steady_clock::now() + delay;
  for (const Delivery& delivery : deliveries) {
    const auto known = handed_out_.find(delivery.token);
    if (known == handed_out_.end()) continue;
    Waiting waiting{delivery, known->second};
    ++waiting.delivery.attempt;
    bytes_ += waiting.bytes;
    handed_out_.erase(known);
    postponed_.emplace(due, std::move(waiting));
  }
  changed_.notify_one();
}

void DeliveryQueue::acknowledge(std::span<const Delivery> deliveries) {
  const std::lock_guard lock(mutex_);
  for (const Delivery& delivery : deliveries) handed_out_.erase(delivery.token);
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

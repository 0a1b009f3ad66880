#include "decnet/worker/rule_plane.h"

#include <fmt/format.h>

#include <utility>

#include "decnet/worker/rule_announcement.h"

namespace decnet::worker {

void RulePlane::start() {
  if (mirroring_ != nullptr) mirroring_thread_ = std::thread([this] { mirroring_->run(); });
  if (follower_ == nullptr) return;
  following_ = std::thread([this] {
    follower_->run([this](std::span<const rulestore::Change> changes) { announce_all(changes); });
  });
}

void RulePlane::stop() {
  if (mirroring_thread_.joinable()) {
    mirroring_->stop();
    mirroring_thread_.join();
  }
  if (following_.joinable()) {
    follower_->stop();
    following_.join();
  }
}

void RulePlane::announce_all(std::span<const rulestore::Change> changes) {
  std::vector<storage::OutboxMessage> messages;
  for (const rulestore::Change& change : changes) {
    if (auto message = announce(change, clock_.now())) messages.push_back(*std::move(message));
  }
  publisher_.keep(std::move(messages));
}

RuleHealth RulePlane::health() const {
  RuleHealth health;
  if (follower_ != nullptr) {
    rulebook::Status status = follower_->status();
    health.reloads = status.reloads;
    health.disabled = status.disabled;
    health.clipped = status.clipped;
    health.broken = std::move(status.broken);
    health.failure = std::move(status.failure);
  }
  if (mirroring_ == nullptr) return health;
  const rulestore::Mirroring::Status mirrored = mirroring_->status();
  health.broken.add(mirrored.broken);
  if (health.failure.empty() && !mirrored.failure.empty()) {
    health.failure = fmt::format("not mirrored: {}", mirrored.failure);
  }
  return health;
}

}  // namespace decnet::worker

#include "decnet/follow/followed_logs.h"

#include <algorithm>

namespace decnet::follow {

using Got = importers::LineSource::Got;
using SteadyClock = std::chrono::steady_clock;

std::vector<std::string> FollowedLogs::paths(
    const std::vector<std::unique_ptr<FollowedLog>>& logs) {
  std::vector<std::string> all;
  for (const auto& log : logs) all.push_back(log->path());
  return all;
}

FollowedLogs::FollowedLogs(std::vector<std::unique_ptr<FollowedLog>> logs)
    : logs_(std::move(logs)), watch_(paths(logs_)) {}

Result<Got> FollowedLogs::next(std::string_view& line) {
  auto until = SteadyClock::now() + kLook;
  for (;;) {
    for (std::size_t i = 0; i < logs_.size(); ++i) {
      const std::size_t each = (at_ + i) % logs_.size();
      const Got got = logs_[each]->next(line);
      if (got == Got::kIdle) continue;
      at_ = each;
      if (!std::exchange(gathering_, true)) gathered_ = SteadyClock::now() + kGather;
      return got;
    }
    const auto now = SteadyClock::now();
    if (gathering_) until = gathered_;
    const bool over = now >= until;
    if (over || watch_.wait(std::chrono::ceil<std::chrono::milliseconds>(until - now)) ==
                    ChangeWatch::Woken::kSignal) {
      gathering_ = false;
      line = {};
      return Got::kIdle;
    }
  }
}

std::vector<std::pair<std::string, Json>> FollowedLogs::places() const {
  std::vector<std::pair<std::string, Json>> all;
  for (const auto& log : logs_) all.emplace_back(log->path(), log->places());
  return all;
}

std::uint64_t FollowedLogs::bytes_read() const {
  std::uint64_t bytes = 0;
  for (const auto& log : logs_) bytes += log->bytes_read();
  return bytes;
}

}  // namespace decnet::follow

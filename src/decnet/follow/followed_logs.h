// FollowedLogs: several growing logs as one source of lines that never ends. What is there is given
// at once; then kIdle, the moment to store it, when nothing more came for a moment or enough time
// has passed; then it waits.
//
// Threads: one.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "decnet/base/json.h"
#include "decnet/follow/change_watch.h"
#include "decnet/follow/followed_log.h"
#include "decnet/importers/line_source.h"

namespace decnet::follow {

class FollowedLogs final : public importers::LineSource {
 public:
  // How long lines are gathered before they are stored: what is written together is stored
  // together.
  static constexpr std::chrono::milliseconds kGather{250};
  // The longest wait: kIdle comes at least so often, and what the watch misses is seen by then.
  static constexpr std::chrono::milliseconds kLook{1'000};

  // At least one log.
  explicit FollowedLogs(std::vector<std::unique_ptr<FollowedLog>> logs);

  // Never kEnd, never an error. kIdle comes at once when a signal comes in.
  Result<Got> next(std::string_view& line) override;

  // The log of the last line.
  [[nodiscard]] const FollowedLog& current() const { return *logs_[at_]; }
  // Where reading goes on in each log after the lines given, by path.
  [[nodiscard]] std::vector<std::pair<std::string, Json>> places() const;

  [[nodiscard]] const std::string& name() const override { return current().name(); }
  [[nodiscard]] std::uint64_t line_number() const override { return current().line_number(); }
  [[nodiscard]] importers::LinePosition position() const override { return {}; }  // see places()
  [[nodiscard]] std::uint64_t bytes_read() const override;
  [[nodiscard]] std::uint64_t bytes_total() const override { return 0; }

 private:
  static std::vector<std::string> paths(const std::vector<std::unique_ptr<FollowedLog>>& logs);

  std::vector<std::unique_ptr<FollowedLog>> logs_;
  ChangeWatch watch_;
  std::size_t at_ = 0;
  bool gathering_ = false;  // lines were given since the last kIdle
  std::chrono::steady_clock::time_point gathered_{};
};

}  // namespace decnet::follow

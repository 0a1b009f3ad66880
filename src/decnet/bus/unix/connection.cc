#include "decnet/bus/unix/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "decnet/bus/topic.h"

namespace decnet::bus {
namespace {

// A pattern costs a node of a tree beside its text.
std::size_t cost_of(std::string_view pattern) { return pattern.size() + 64; }

}  // namespace

bool Connection::read(Instant now) {
  std::array<char, 1 << 16> buffer;
  const ssize_t got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0) {
    ending = true;
    return false;
  }
  if (frames.at_boundary()) frame_began = now;
  frames.feed({buffer.data(), static_cast<std::size_t>(got)});
  return true;
}

void Connection::send(Instant now) {
  while (!queue.empty()) {
    const std::string_view rest = queue.rest();
    const ssize_t sent =
        ::send(socket.get(), rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) {
      if (errno == EINTR) continue;
      // A peer that left may have published before it did: it is read to its end.
      if (errno != EAGAIN) deaf = true;
      return;
    }
    last_progress = now;
    queue.sent(static_cast<std::size_t>(sent));
  }
}

std::optional<std::string> Connection::overdue(Instant now, std::chrono::milliseconds frame_timeout,
                                               std::chrono::milliseconds write_timeout) const {
  if (!frames.at_boundary() && now - frame_began > frame_timeout) {
    return "a frame was begun and not completed";
  }
  if (!queue.empty() && now - last_progress > write_timeout) {
    return fmt::format("took nothing, {} events were waiting", queue.size());
  }
  return std::nullopt;
}

bool Connection::wants(std::string_view topic) const {
  return std::any_of(patterns_.begin(), patterns_.end(),
                     [topic](const std::string& pattern) { return topic_matches(pattern, topic); });
}

void Connection::subscribe(std::string pattern) {
  const std::size_t cost = cost_of(pattern);
  if (patterns_.insert(std::move(pattern)).second) pattern_bytes_ += cost;
}

void Connection::unsubscribe(const std::string& pattern) {
  if (patterns_.erase(pattern) > 0) pattern_bytes_ -= cost_of(pattern);
}

void Connection::forget_patterns() {
  patterns_.clear();
  pattern_bytes_ = 0;
}

}  // namespace decnet::bus

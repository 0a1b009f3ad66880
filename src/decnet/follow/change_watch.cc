#include "decnet/follow/change_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace decnet::follow {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::uint32_t kEvents = IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                  IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;

}  // namespace

ChangeWatch::ChangeWatch(const std::vector<std::string>& files)
    : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  for (const std::string& file : files) {
    add(file);
    // A link's file is written to where it is.
    std::error_code problem;
    const auto real = std::filesystem::canonical(file, problem);
    if (!problem) add(real.string());
  }
  watch_all();
}

ChangeWatch::~ChangeWatch() {
  if (inotify_ >= 0) ::close(inotify_);
}

void ChangeWatch::add(const std::string& file) {
  const std::filesystem::path path(file);
  const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  directories_[directory.string()].names.push_back(path.filename().string());
}

void ChangeWatch::watch_all() {
  if (inotify_ < 0) return;
  for (auto& [path, directory] : directories_) {
    if (directory.watch < 0) {
      directory.watch = ::inotify_add_watch(inotify_, path.c_str(), kEvents);
    }
  }
}

// Whether one of what happened matters.
bool ChangeWatch::read_events() {
  bool matters = false;
  alignas(inotify_event) std::array<char, 16 << 10> buffer{};
  for (;;) {
    const ssize_t got = ::read(inotify_, buffer.data(), buffer.size());
    if (got <= 0) return matters;
    for (std::size_t at = 0; at < static_cast<std::size_t>(got);) {
      inotify_event event{};
      std::memcpy(&event, buffer.data() + at, sizeof event);
      const std::string_view name =
          event.len == 0 ? std::string_view() : std::string_view(buffer.data() + at + sizeof event);
      at += sizeof event + event.len;
      if ((event.mask & IN_Q_OVERFLOW) != 0) matters = true;
      for (auto& [path, directory] : directories_) {
        if (directory.watch != event.wd) continue;
        if ((event.mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF)) != 0) {
          // Another directory may come in its place.
          if ((event.mask & IN_MOVE_SELF) != 0) ::inotify_rm_watch(inotify_, event.wd);
          directory.watch = -1;
          matters = true;
        }
        matters = matters ||
                  std::any_of(directory.names.begin(), directory.names.end(),
                              [name](const std::string& each) { return name.starts_with(each); });
      }
    }
  }
}

ChangeWatch::Woken ChangeWatch::wait(std::chrono::milliseconds time) {
  watch_all();
  const auto end = SteadyClock::now() + time;
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - SteadyClock::now());
    pollfd wanted{inotify_, POLLIN, 0};  // a negative descriptor is passed over
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready < 0) return Woken::kSignal;
    if (ready == 0) return Woken::kTime;
    if (read_events()) return Woken::kChange;
  }
}

}  // namespace decnet::follow

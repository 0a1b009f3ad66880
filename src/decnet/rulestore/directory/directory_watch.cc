#include "decnet/rulestore/directory/directory_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>

#include "decnet/rulestore/directory/file_stamp.h"

namespace decnet::rulestore {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// Attributes too: a file that could not be read may be readable now.
constexpr std::uint32_t kMask = IN_MODIFY | IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM |
                                IN_CREATE | IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
                                IN_ONLYDIR;
constexpr std::uint32_t kParentMask = IN_CREATE | IN_MOVED_TO | IN_ONLYDIR;

// Whatever replaces a directory without an event (a link in its path, a mount) is seen by looking.
constexpr milliseconds kCheckEvery{250};
// How long a file must rest to be taken for whole when nobody closed it: one that was created may
// have been linked in as it is; one that was written will be closed, unless its writer goes on for
// ever or never opened it (truncate(2)).
constexpr milliseconds kRestCreated{30};
constexpr milliseconds kRestWritten{1000};

// A fast writer gives events without end: one look takes this many bytes of them and goes on.
constexpr int kReadsALook = 16;
constexpr std::size_t kReadBytes = 16384;
// Names noted one by one; beyond, it is cheaper to look at everything.
constexpr std::size_t kMaxNames = 65536;

fs::path without_last_slash(fs::path path) {
  path = path.lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

milliseconds rest_after(std::uint32_t event) {
  if ((event & IN_MODIFY) != 0) return kRestWritten;
  return (event & IN_CREATE) != 0 ? kRestCreated : kRest;
}

}  // namespace

DirectoryWatch::DirectoryWatch(fs::path directory, bool (*matters)(std::string_view name))
    : directory_(without_last_slash(std::move(directory))),
      matters_(matters),
      inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}

DirectoryWatch::~DirectoryWatch() {
  if (inotify_ >= 0) ::close(inotify_);
}

bool DirectoryWatch::look() {
  read_events();
  for (int tries = 0; tries < 3 && (is_doubtful_ || Clock::now() >= next_check_); ++tries) {
    check_directory();
  }
  settle();
  return seen_.everything || !seen_.names.empty();
}

void DirectoryWatch::doubt() {
  is_doubtful_ = true;
  seen_.everything = true;
}

DirectoryWatch::Seen DirectoryWatch::take() {
  Seen seen = std::move(seen_);
  seen_ = {};
  return seen;
}

DirectoryWatch::Clock::time_point DirectoryWatch::next_look() const {
  auto next = next_check_;
  for (const auto& [name, wait] : restless_) next = std::min(next, wait.look_at);
  return next;
}

void DirectoryWatch::read_events() {
  if (inotify_ < 0) return;
  alignas(inotify_event) std::array<char, kReadBytes> buffer;
  for (int reads = 0; reads < kReadsALook; ++reads) {
    const ssize_t size = ::read(inotify_, buffer.data(), buffer.size());
    if (size <= 0) return;
    for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer.data() + at);
      note(*event);
      at += sizeof(inotify_event) + event->len;
    }
  }
}

void DirectoryWatch::note(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return overflow();
  if (event.wd == parent_watch_) {
    is_doubtful_ = true;
    if ((event.mask & IN_IGNORED) != 0) parent_watch_ = -1;
    return;
  }
  if (event.wd != watch_) return;  // of a directory that was here before
  if ((event.mask & IN_IGNORED) != 0) watch_ = -1;
  if (event.len > 0) return note_name(event);
  // The directory itself: deleted, moved, unmounted, or with other permissions.
  is_doubtful_ = true;
  seen_.everything = true;
}

void DirectoryWatch::note_name(const inotify_event& event) {
  const std::string_view name(event.name, ::strnlen(event.name, event.len));
  if (!matters_(name)) return;
  if (restless_.size() + seen_.names.size() >= kMaxNames) return overflow();
  const Wait wait{Clock::now(), rest_after(event.mask)};
  const auto [waiting, is_new] = restless_.try_emplace(std::string(name), wait);
  // What is being made gets its permissions on the way.
  if (!is_new && (event.mask & IN_ATTRIB) == 0) waiting->second = wait;
}

void DirectoryWatch::look_again(const std::set<std::string>& names) {
  for (const std::string& name : names) restless_.try_emplace(name, Wait{Clock::now(), kRest});
}

void DirectoryWatch::overflow() {
  is_doubtful_ = true;
  restless_.clear();
  seen_.names.clear();
  seen_.everything = true;
}

std::optional<DirectoryWatch::Identity> DirectoryWatch::identity() const {
  struct stat status = {};
  if (::stat(directory_.c_str(), &status) != 0) return std::nullopt;
  return Identity{status.st_dev, status.st_ino};
}

void DirectoryWatch::check_directory() {
  is_doubtful_ = false;
  next_check_ = Clock::now() + kCheckEvery;
  const auto now = identity();
  const bool is_armed = watch_ >= 0 || !now;
  if (is_armed && now == watched_) return;
  disarm();
  arm();
  seen_.everything = true;
}

// A watch goes on what a path leads to at that moment; looking before and after tells which.
void DirectoryWatch::arm() {
  watched_ = identity();
  if (inotify_ < 0) return;
  if (!watched_) {
    const fs::path parent = directory_.has_parent_path() ? directory_.parent_path() : ".";
    parent_watch_ = ::inotify_add_watch(inotify_, parent.c_str(), kParentMask);
  } else {
    watch_ = ::inotify_add_watch(inotify_, directory_.c_str(), kMask);
  }
  if (identity() != watched_) is_doubtful_ = true;
}

void DirectoryWatch::disarm() {
  for (int* watch : {&watch_, &parent_watch_}) {
    if (*watch >= 0) ::inotify_rm_watch(inotify_, *watch);
    *watch = -1;
  }
  restless_.clear();
}

void DirectoryWatch::settle() {
  const auto now = Clock::now();
  for (auto waiting = restless_.begin(); waiting != restless_.end();) {
    auto& [name, wait] = *waiting;
    if (wait.look_at <= now) {
      const auto stamp = FileStamp::of(directory_ / name);
      const auto age = stamp && stamp->is_regular ? stamp->since_written() : nanoseconds::max();
      if (age >= wait.rest) {
        seen_.names.insert(name);
        waiting = restless_.erase(waiting);
        continue;
      }
      wait.look_at = now + (wait.rest - age);
    }
    ++waiting;
  }
}

}  // namespace decnet::rulestore

// DirectoryWatch: says which names of a directory may stand for something else than before, however
// that came about: written in place, renamed over, created, linked, moved away, unlinked; or the
// whole directory: replaced, made again, moved, mounted over.
//
// A name is told when its file has rested for a moment (kRest), so that nobody reads half of it;
// one that was created and is not closed (it may have been linked in whole) must rest a little
// longer.
//
// Without inotify (out of instances or watches, or no permission) everything may have changed at
// every look. What another host writes on a network file system is not seen.
//
// Threads: one.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

struct inotify_event;

namespace decnet::rulestore {

class DirectoryWatch {
 public:
  using Clock = std::chrono::steady_clock;

  // Names that `matters` does not accept are left out.
  DirectoryWatch(std::filesystem::path directory, bool (*matters)(std::string_view name));
  DirectoryWatch(const DirectoryWatch&) = delete;
  DirectoryWatch& operator=(const DirectoryWatch&) = delete;
  ~DirectoryWatch();

  // Notes what has happened, without waiting. True when there is something to take; the first time
  // there is everything, and what happens afterwards is not missed.
  bool look();

  // Everything may have changed, whatever was seen.
  void doubt();

  struct Seen {
    bool everything = false;      // any name may stand for something else
    std::set<std::string> names;  // these were touched for certain
  };
  Seen take();
  // These are to be told again, when they rest.
  void look_again(const std::set<std::string>& names);

  // When to look again: when this can be read (-1: there is no such descriptor), and then at the
  // latest.
  [[nodiscard]] int descriptor() const { return inotify_; }
  [[nodiscard]] Clock::time_point next_look() const;

 private:
  using Identity = std::pair<std::uint64_t, std::uint64_t>;  // device and inode

  void read_events();
  void note(const inotify_event& event);
  void note_name(const inotify_event& event);
  void check_directory();
  void arm();
  void disarm();
  void settle();
  void overflow();
  [[nodiscard]] std::optional<Identity> identity() const;

  const std::filesystem::path directory_;
  bool (*const matters_)(std::string_view name);
  const int inotify_;
  int watch_ = -1;                   // of the directory
  int parent_watch_ = -1;            // while there is no directory
  std::optional<Identity> watched_;  // nothing: there was no directory
  bool is_doubtful_ = true;          // check it at the next look
  Clock::time_point next_check_ = Clock::now();
  struct Wait {
    Clock::time_point look_at;
    std::chrono::milliseconds rest;
  };
  std::map<std::string, Wait, std::less<>> restless_;  // by name
  Seen seen_ = {.everything = true, .names = {}};
};

}  // namespace decnet::rulestore

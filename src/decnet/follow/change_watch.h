// ChangeWatch: waits until something happens to files or beside them, by inotify where there is
// one. It may miss things (network file systems, links into other directories, no inotify): who
// waits looks for himself every now and then.
//
// Threads: one.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace decnet::follow {

class ChangeWatch {
 public:
  explicit ChangeWatch(const std::vector<std::string>& files);
  ChangeWatch(const ChangeWatch&) = delete;
  ChangeWatch& operator=(const ChangeWatch&) = delete;
  ~ChangeWatch();

  enum class Woken { kChange, kTime, kSignal };
  // Waits for `time` at most. What happened since the last call counts.
  Woken wait(std::chrono::milliseconds time);

 private:
  struct Directory {
    int watch = -1;                  // -1: not there, or not there any more
    std::vector<std::string> names;  // of files in it, and beginnings of their rotated names
  };

  void add(const std::string& file);
  void watch_all();
  bool read_events();

  int inotify_ = -1;
  std::map<std::string, Directory> directories_;
};

}  // namespace decnet::follow

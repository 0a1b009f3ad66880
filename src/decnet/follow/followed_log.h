// FollowedLog: the lines of one log as it grows, across its rotation: when the file is renamed and
// made anew, copied and cut, or replaced, the rest of the old one comes before the new one. A file
// that is not there yet is awaited; half a line waits for its end.
//
// What it needs to go on in another process is a few numbers, places(). There it finds the file
// again, whatever it is called by then, and reads what was rotated meanwhile.
//
// Memory, descriptors: a line and an open file for each that is being read: the one at the path, at
//         most kMaxOld more that may still be written to, and one that was rotated away. Of others
//         that were, and wait for their turn, their places.
// Threads: one.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decnet/base/error.h"
#include "decnet/follow/growing_file.h"
#include "decnet/follow/known_files.h"
#include "decnet/follow/rotation.h"
#include "decnet/importers/line_source.h"

namespace decnet::follow {

class FollowedLog {
 public:
  // A writer may go on in a renamed file for a while (until it is told to open the new one): so
  // long after the last byte it is still looked at.
  static constexpr std::chrono::seconds kLinger{60};
  static constexpr std::size_t kMaxOld = 8;

  static constexpr std::size_t kMaxDone = 16;

  using Now = std::function<std::chrono::steady_clock::time_point()>;

  // `places`: those of an earlier process. Reads nothing yet. Errors: kInvalid and kUnavailable,
  // naming the path, when there is something at the path that cannot be followed.
  static Result<std::unique_ptr<FollowedLog>> open(std::string path,
                                                   const std::optional<Json>& places,
                                                   Now now = std::chrono::steady_clock::now);

  // As LineSource::next(), without kEnd and without waiting: kIdle when nothing is there now. What
  // cannot be read is logged (WARNING) and left out.
  importers::LineSource::Got next(std::string_view& line);

  // Where reading goes on after the last line given.
  [[nodiscard]] Json places() const;

  // Whether the last line given was read for the first time: it came after an earlier process had
  // begun the log, or after all that was there at the beginning.
  [[nodiscard]] bool live() const { return live_; }

  [[nodiscard]] const std::string& path() const { return path_; }
  // The file of the last line, and the line.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t line_number() const { return line_number_; }
  [[nodiscard]] std::uint64_t bytes_read() const;

 private:
  // A file being read. `growing` belongs to `lines`; null for one that nobody writes to, which is
  // opened when its turn comes.
  struct Part {
    std::unique_ptr<importers::LineSource> lines;
    GrowingFile* growing = nullptr;
    std::string file;  // where one that does not grow was when it was found
    Place place;       // of a part that does not grow: lines that end before it are passed over
    std::chrono::steady_clock::time_point quiet_since{};
    bool replaced = false;  // its path leads to another file by now
  };

  FollowedLog(std::string path, Now now) : path_(std::move(path)), now_(std::move(now)) {}

  Result<void> resume(const Json& places);
  std::optional<Place> find_again(const Json& places);
  Result<void> begin_current(const importers::LinePosition& position);
  void add_rest(const std::string& file, const Place& place);
  void add_whole(const std::vector<RotatedFile>& files);
  bool open_rest(Part& part);
  [[nodiscard]] std::vector<RotatedFile> unread(const std::vector<RotatedFile>& rotated);
  [[nodiscard]] bool is_read(const RotatedFile& file) const;
  bool look();
  bool retire_quiet();
  void rewritten();
  [[nodiscard]] std::optional<std::string> find_rotated(const Place& place) const;
  [[nodiscard]] static Place place_of_part(const Part& part);
  [[nodiscard]] static std::uint64_t bytes_of(const Part& part);
  void drop(std::size_t index);
  void complain(const std::string& what);

  const std::string path_;
  const Now now_;
  std::deque<Part> parts_;    // oldest first
  bool has_current_ = false;  // the last part is the file at the path
  bool live_ = false;
  std::string name_;
  std::uint64_t line_number_ = 0;
  std::uint64_t bytes_done_ = 0;                    // of parts that are gone
  std::deque<Place> done_;                          // the last of them, at most kMaxDone
  KnownFiles known_;                                // rotated files as of the last rotation
  std::optional<std::pair<dev_t, ino_t>> refused_;  // a file at the path that is no text
  std::string complained_;                          // the last complaint about the path, said once
};

}  // namespace decnet::follow

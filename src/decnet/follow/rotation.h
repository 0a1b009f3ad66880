// Rotation: what a log's file may be called after it was rotated, and finding it again.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

namespace decnet::follow {

// Since 1970.
std::int64_t nanoseconds(const timespec& time);

struct RotatedFile {
  std::string path;
  dev_t device = 0;
  ino_t inode = 0;
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;  // since 1970
  // A number, a date or "old" comes next in its name, as rotation gives them. Other programs keep
  // files of their own beside a log: "cowrie.json.pos", "cowrie.json.pretty".
  bool is_numbered = false;
};

// The regular files beside `path` whose names are its name, one of ".-_", and more:
// "cowrie.json.1", "cowrie.json.2024-05-01", "cowrie.json-20240501.gz". Oldest first; at most the
// kMaxRotated youngest. Those without permission and the like are left out.
//
// Times of modification tell the order, but those of a clock that was wrong do not. So names go
// before them: of two dates the later one is younger, of two numbers the smaller one (logrotate and
// most others count up what is there already), unless the times of three or more files with a
// number say, one and all, that the greater one is.
inline constexpr std::size_t kMaxRotated = 1000;
std::vector<RotatedFile> rotated_files(const std::string& path);

// Whether the name is that of a file compressed with gzip, and the name without that.
bool is_compressed_name(std::string_view path);
std::string_view without_compression(std::string_view path);

}  // namespace decnet::follow

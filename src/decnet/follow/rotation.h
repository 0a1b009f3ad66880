// Rotation: what a log's file may be called after it was rotated, and finding it again.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <vector>

namespace decnet::follow {

// Since 1970.
std::int64_t nanoseconds(const timespec& time);

struct RotatedFile {
  std::string path;
  std::int64_t modified_ns = 0;  // since 1970
};

// The regular files beside `path` whose names are its name, one of ".-_", and more:
// "cowrie.json.1", "cowrie.json.2024-05-01", "cowrie.json-20240501.gz". Oldest first; at most the
// kMaxRotated youngest. Those without permission and the like are left out.
inline constexpr std::size_t kMaxRotated = 1000;
std::vector<RotatedFile> rotated_files(const std::string& path);

}  // namespace decnet::follow

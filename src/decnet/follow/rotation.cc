#include "decnet/follow/rotation.h"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <tuple>

namespace decnet::follow {

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::vector<RotatedFile> rotated_files(const std::string& path) {
  const std::filesystem::path log(path);
  const std::string name = log.filename().string();
  const auto directory = log.has_parent_path() ? log.parent_path() : std::filesystem::path(".");
  std::vector<RotatedFile> found;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(directory, problem), end; !problem && entry != end;
       entry.increment(problem)) {
    const std::string other = entry->path().filename().string();
    if (other.size() <= name.size() + 1 || !other.starts_with(name)) continue;
    if (std::string_view(".-_").find(other[name.size()]) == std::string_view::npos) continue;
    struct stat status {};
    if (::stat(entry->path().c_str(), &status) != 0 || !S_ISREG(status.st_mode)) continue;
    const std::string_view rest = std::string_view(other).substr(name.size() + 1);
    const bool is_numbered = (rest[0] >= '0' && rest[0] <= '9') || rest.starts_with("old");
    found.push_back({entry->path().string(), nanoseconds(status.st_mtim), is_numbered});
  }
  std::sort(found.begin(), found.end(), [](const RotatedFile& a, const RotatedFile& b) {
    return std::tie(a.modified_ns, a.path) < std::tie(b.modified_ns, b.path);
  });
  if (found.size() > kMaxRotated) {
    found.erase(found.begin(), found.end() - static_cast<std::ptrdiff_t>(kMaxRotated));
  }
  return found;
}

}  // namespace decnet::follow

#include "decnet/base/file.h"

#include <fmt/format.h>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace decnet {

Error system_error(const std::filesystem::path& path, int error) {
  const auto code = error == ENOENT ? ErrorCode::kNotFound : ErrorCode::kUnavailable;
  return {code, fmt::format("{}: {}", path.string(), std::generic_category().message(error))};
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code problem;
  if (std::filesystem::is_directory(path, problem)) {
    return fail(ErrorCode::kInvalid, fmt::format("{}: is a directory", path.string()));
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(system_error(path, errno));
  std::string bytes;
  char buffer[1 << 16];
  while (file.read(buffer, sizeof buffer) || file.gcount() > 0) {
    bytes.append(buffer, static_cast<std::size_t>(file.gcount()));
    if (bytes.size() > max_bytes) {
      return fail(ErrorCode::kInvalid,
                  fmt::format("{}: larger than {} bytes", path.string(), max_bytes));
    }
  }
  if (file.bad()) return fail(system_error(path, errno == 0 ? EIO : errno));
  return bytes;
}

}  // namespace decnet
